package trustsync_test

import (
	"context"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
	"dermbox/sync/hub/enrol"
)

// deaf is a transport that never hears the hub's answer to a commit.
type deaf struct{ *client.Client }

func (d deaf) Commit(ctx context.Context, urgent bool, digest string) ([]byte, error) {
	if _, err := d.Client.Commit(ctx, urgent, digest); err != nil {
		return nil, err
	}
	return nil, &appliance.Error{Code: appliance.Unavailable, Key: "sync.unreachable", Transient: true}
}

// anew enrols the box again, as IT does when its certificate has run out or it moves.
func (l *realLine) anew(change func(*enrol.Wanted)) {
	l.t.Helper()
	o := l.options(l.t.TempDir(), l.invite(func(w *enrol.Wanted) {
		w.Replace = true
		change(w)
	}))
	if _, err := provision.Provision(l.t.Context(), o); err != nil {
		l.t.Fatal(err)
	}
	var err error
	if l.identity, err = provision.LoadIdentity(o.Dir); err != nil {
		l.t.Fatal(err)
	}
	if l.ring, err = keyring.Load(o.KeyringDir, true); err != nil {
		l.t.Fatal(err)
	}
}

// sends runs an engine of the line's present identity over a box's store.
func (l *realLine) sends(b *box, change func(*trustsync.Deps)) (engine *trustsync.Engine, stop func()) {
	l.t.Helper()
	pace := quick
	pace.Max = quick.Portal
	d := trustsync.Deps{
		Store: b.store, Blobs: b.stills, Transport: l.client(), Signer: signed.NewSigner(l.identity.Key), Keys: l.ring,
		Clock: realClock{}, Pace: pace, Held: b.store.Held,
		Identity: trustsync.Identity{Trust: l.identity.Trust, Site: l.identity.Site, Device: l.identity.Device, Epoch: b.store.Epoch()},
	}
	if change != nil {
		change(&d)
	}
	engine = trustsync.New(d)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = engine.Serve(ctx)
	}()
	return engine, func() { cancel(); <-done }
}

// TestABoxThatIsEnrolledAnewSendsWhatWaits: an offer was signed with the key of the earlier enrolment when the box was
// enrolled again. Whether the hub heard of it or not, every case ends received, and both sides hold the same.
func TestABoxThatIsEnrolledAnewSendsWhatWaits(t *testing.T) {
	for name, change := range map[string]func(*enrol.Wanted){
		"under its name":  func(*enrol.Wanted) {},
		"under another":   func(w *enrol.Wanted) { w.Device = "clinic-9" },
		"at another site": func(w *enrol.Wanted) { w.Site = "RXX02" },
	} {
		for _, heard := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", the hub has the case", false: ", offline"}[heard], func(t *testing.T) {
				enrolledAnew(t, change, heard)
			})
		}
	}
}

func enrolledAnew(t *testing.T, change func(*enrol.Wanted), heard bool) {
	l, b := newRealLine(t), newBox(t)
	before := b.visit(appliance.DermReview, 500)
	_, stop := l.sends(b, nil)
	eventually(t, "the first receipt", b.receipted(1))
	stop()
	ids := []appliance.CaseID{before, b.visit(appliance.DermReview, 2000), b.visit(appliance.UrgentReview, 100), b.visit(appliance.DermReview, 100)}
	_, stop = l.sends(b, func(d *trustsync.Deps) {
		if d.Transport = (deaf{l.client()}); !heard {
			l.relay.failing(func(int) (int64, int64) { return 0, 0 })
		}
	})
	eventually(t, "offered", func() bool {
		counts, err := b.store.Counts(t.Context())
		if heard {
			cases, err := l.hub.Ledger.Cases(t.Context(), trust, 10)
			return err == nil && len(cases) == 2 && counts[appliance.Sending] > 0
		}
		return err == nil && counts[appliance.Sending] > 0
	})
	stop()
	l.relay.failing(func(int) (int64, int64) { return -1, -1 })
	l.anew(change)
	engine, stop := l.sends(b, nil)
	defer stop()
	eventually(t, "all receipted", b.receipted(len(ids)))
	eventually(t, "equal", func() bool {
		r := engine.Status().Reconciled
		return r != nil && r.Agrees() && r.Equal == len(ids)
	})
	for _, id := range ids {
		if proof, err := l.hub.Proof(t.Context(), id); err != nil || !proof.Verified {
			t.Errorf("%s: %+v, %v", id, proof, err)
		}
	}
	if counts, err := b.store.Counts(t.Context()); err != nil || counts[appliance.Receipted] != len(ids) {
		t.Errorf("%v, %v", counts, err)
	}
	alarms, err := l.hub.Ledger.OpenAlarms(t.Context(), trust, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alarms { // an offer that the hub never heard of is missing from the chain, and it says so
		if a.Kind != "gap" || heard && l.identity.Device == device {
			t.Errorf("alarm %+v", a)
		}
	}
}

func (b *box) receipted(want int) func() bool {
	return func() bool {
		counts, err := b.store.Counts(b.Context())
		return err == nil && counts[appliance.Receipted] == want
	}
}
