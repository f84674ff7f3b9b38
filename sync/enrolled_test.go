package trustsync_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/store"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
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

// TestABoxUnderAnotherNameAtAnotherSiteKeepsItsReceipts: the hub lists it nothing, for it has neither name nor site in common
// with the enrolment that brought the case. The trust holds the case all the same, and says so once the box has brought every
// byte of it again.
func TestABoxUnderAnotherNameAtAnotherSiteKeepsItsReceipts(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	ids := []appliance.CaseID{b.visit(appliance.DermReview, 500), b.visit(appliance.UrgentReview, 2000)}
	_, stop := l.sends(b, nil)
	eventually(t, "receipted", b.receipted(len(ids)))
	stop()
	l.anew(func(w *enrol.Wanted) { w.Device, w.Site = "clinic-9", "RXX02" })
	engine, stop := l.sends(b, nil)
	defer stop()
	eventually(t, "equal", func() bool {
		r := engine.Status().Reconciled
		counts, err := b.store.Counts(t.Context())
		if err != nil || counts[appliance.Quarantined] > 0 {
			t.Fatalf("%v, %v", counts, err)
		}
		return r != nil && r.Agrees() && r.Equal == len(ids) && counts[appliance.Receipted] == len(ids)
	})
	for _, id := range ids {
		trace, err := b.store.Trace(t.Context(), id)
		if err != nil || len(trace.Batches) != 2 || trace.Batches[1].Outcome != string(wire.Duplicate) || trace.LastError != "" {
			t.Errorf("%+v, %v", trace.Batches, err)
		}
		if row, err := l.hub.Ledger.Case(t.Context(), trust, id); err != nil || row.Site != site || row.Device.ID != device {
			t.Errorf("filed under %+v, %v", row.Device, err)
		}
	}
	if alarms, err := l.hub.Ledger.OpenAlarms(t.Context(), trust, 10); err != nil || count(kinds(alarms), ledger.AlarmConflict) != 0 {
		t.Errorf("%+v, %v", alarms, err)
	}
}

func kinds(alarms []ledger.Alarm) []string {
	var all []string
	for _, a := range alarms {
		all = append(all, a.Kind)
	}
	return all
}

// TestAnotherTrustIsNotAskedForTheReceiptsOfTheFirst: the box is enrolled with another trust. What the first has its receipt
// for stays received, also where an older version had queued it again or set it aside; what the first never got waits for a
// person. Not a byte goes to the other.
func TestAnotherTrustIsNotAskedForTheReceiptsOfTheFirst(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	kept, queued, aside := b.visit(appliance.DermReview, 500), b.visit(appliance.DermReview, 500), b.visit(appliance.DermReview, 500)
	_, stop := l.sends(b, nil)
	eventually(t, "receipted", b.receipted(3))
	stop()
	before, err := b.store.Trace(t.Context(), queued)
	b.must(err)
	b.must(b.store.Requeue(t.Context(), []appliance.CaseID{queued, aside}, "hub_lost_it"))
	batch, err := b.store.NextBatch(t.Context())
	b.must(err)
	b.must(b.store.SetAside(t.Context(), batch.Number, string(aside), string(wire.CaseSite), ""))
	b.must(b.store.Retry(t.Context(), aside, "dermboxctl", "ticket-7"))
	never := b.visit(appliance.DermReview, 500)
	other := newRealLineOf(t, "RYY")
	engine, stop := other.sends(b, nil)
	defer stop()
	eventually(t, "compared and settled", func() bool {
		r := engine.Status().Reconciled
		counts, err := b.store.Counts(t.Context())
		if err != nil || counts[appliance.Quarantined] > 1 {
			t.Fatalf("%v, %v", counts, err)
		}
		return r != nil && r.Agrees() && r.Device == 0 && counts[appliance.Receipted] == 3 && counts[appliance.Quarantined] == 1
	})
	for _, id := range []appliance.CaseID{kept, queued, aside} {
		trace, err := b.store.Trace(t.Context(), id)
		if err != nil || trace.State != appliance.Receipted || trace.Received == nil || trace.LastError != "" || trace.Receipt == nil {
			t.Errorf("%s %v %q, %v", trace.State, trace.Received, trace.LastError, err)
		}
	}
	if trace, err := b.store.Trace(t.Context(), queued); err != nil || !trace.Received.Equal(*before.Received) {
		t.Errorf("received %v, want %v, %v", trace.Received, before.Received, err)
	}
	if trace, err := b.store.Trace(t.Context(), never); err != nil || trace.State != appliance.Quarantined || trace.LastError != "sync.wire.code.case_site" {
		t.Errorf("%s %q, %v", trace.State, trace.LastError, err)
	}
	if cases, err := other.hub.Ledger.Cases(t.Context(), "RYY", 10); err != nil || len(cases) != 0 {
		t.Errorf("%+v, %v", cases, err)
	}
}

// gone is a store of which a batch that is to be given up is gone already.
type gone struct{ *store.Store }

func (g gone) GiveUp(ctx context.Context, batch uint64, reason string) error {
	if err := g.Store.GiveUp(ctx, batch, reason); err != nil {
		return err
	}
	return appliance.E(appliance.Conflict, "storage.batch.stale", nil)
}

// TestTheLogSaysGivenUpOnlyOfWhatWas: it is what IT reads after an enrolment.
func TestTheLogSaysGivenUpOnlyOfWhatWas(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	for n, isGone := range []bool{false, true} {
		b.visit(appliance.DermReview, 500)
		l.relay.failing(func(int) (int64, int64) { return 0, 0 })
		_, stop := l.sends(b, nil)
		eventually(t, "offered", func() bool {
			counts, err := b.store.Counts(t.Context())
			return err == nil && counts[appliance.Sending] > 0
		})
		stop()
		l.relay.failing(func(int) (int64, int64) { return -1, -1 })
		l.anew(func(*enrol.Wanted) {})
		var log bytes.Buffer
		_, stop = l.sends(b, func(d *trustsync.Deps) {
			d.Log = slog.New(slog.NewTextHandler(&log, nil))
			if isGone {
				d.Store = gone{b.store}
			}
		})
		eventually(t, "receipted", b.receipted(n+1))
		stop()
		if strings.Contains(log.String(), "was given up") == isGone {
			t.Errorf("gone %v:\n%s", isGone, log.String())
		}
	}
}

func (b *box) receipted(want int) func() bool {
	return func() bool {
		counts, err := b.store.Counts(b.Context())
		return err == nil && counts[appliance.Receipted] == want
	}
}
