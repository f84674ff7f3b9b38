package trustsync_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/people"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

// realLine is an engine with a stand-in store, enrolled with the real hub, behind a relay that can fail.
type realLine struct {
	t        *testing.T
	hub      *server.Hub
	settings server.Settings
	stopHub  func()
	relay    *relay
	store    *StandInStore
	identity *provision.Identity
	ring     *keyring.Ring
	engine   *trustsync.Engine
}

// newRealLine makes a hub, serves it, invites a device and provisions it, each with the real thing.
func newRealLine(t *testing.T) *realLine { return newRealLineOf(t, trust) }

// newRealLineOf is newRealLine with the hub of any trust.
func newRealLineOf(t *testing.T, trust string) *realLine {
	t.Helper()
	l := &realLine{t: t, relay: newRelay(t), store: newStandInStore(t)}
	root := t.TempDir()
	settings := server.Settings{
		DataDir: filepath.Join(root, "hub"), Hosts: []string{"127.0.0.1"}, DeviceListen: "127.0.0.1:0", PeopleListen: "127.0.0.1:0",
		Clock: realClock{}, Log: slog.New(slog.DiscardHandler),
	}
	hub, err := server.Create(t.Context(), settings, enrol.Facts{Trust: trust, Name: "Test hub"}, filepath.Join(root, "escrow.txt"),
		people.Person{Username: "admin", Name: "Admin", Role: people.RoleAdmin}, "a long enough password")
	if err != nil {
		t.Fatal(err)
	}
	l.settings = settings
	l.serve(hub)
	t.Cleanup(func() { l.stopHub() })
	l.enrol(root)
	return l
}

// serve serves from the hub until stopHub.
func (l *realLine) serve(hub *server.Hub) {
	l.t.Helper()
	l.hub = hub
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan server.Addresses, 1), make(chan error, 1)
	go func() {
		done <- hub.Serve(ctx, http.NotFoundHandler(), func(a server.Addresses) { ready <- a })
	}()
	l.stopHub = func() {
		cancel()
		<-done
		if err := hub.Close(); err != nil {
			l.t.Error(err)
		}
		l.stopHub = func() {}
	}
	select {
	case a := <-ready:
		l.relay.to(a.Device)
	case err := <-done:
		done <- err
		l.t.Fatal(err)
	}
}

// reopen opens the hub's folder again.
func (l *realLine) reopen() {
	l.t.Helper()
	hub, err := server.Open(l.t.Context(), l.settings)
	if err != nil {
		l.t.Fatal(err)
	}
	l.serve(hub)
}

func (l *realLine) invite(change func(*enrol.Wanted)) string {
	l.t.Helper()
	w := enrol.Wanted{Device: device, Site: site, URL: "https://" + l.relay.address(), For: time.Hour}
	if change != nil {
		change(&w)
	}
	invite, _, err := l.hub.Enrol.Invite(l.t.Context(), w)
	if err != nil {
		l.t.Fatal(err)
	}
	return invite
}

func (l *realLine) options(root, invite string) provision.Options {
	return provision.Options{
		Invite: invite, Dir: filepath.Join(root, "identity"), KeyringDir: filepath.Join(root, "keys"), Clock: realClock{},
		Escrow: func(string) ([]byte, error) { return []byte("wrapped"), nil },
	}
}

func (l *realLine) enrol(root string) {
	l.t.Helper()
	o := l.options(root, l.invite(nil))
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
	_, err = provision.Provision(l.t.Context(), l.options(l.t.TempDir(), o.Invite))
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "provision.invite_used" {
		l.t.Errorf("an invite was used twice: %v", err)
	}
}

func (l *realLine) client() *client.Client {
	l.t.Helper()
	c, err := client.New(client.Options{
		URL: l.identity.HubURL, Certificate: l.identity.TLS(), CA: l.identity.CA, Clock: realClock{},
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(c.Close)
	return c
}

func (l *realLine) start() (stop func()) {
	l.t.Helper()
	transport := l.client()
	pace := quick
	pace.Max = quick.Portal // the hub's own waits are tested with the stand-in
	l.engine = trustsync.New(trustsync.Deps{
		Store: l.store, Blobs: l.store, Transport: transport, Signer: signed.NewSigner(l.identity.Key), Keys: l.ring,
		Clock: realClock{}, Held: l.store.Held, Pace: pace,
		Identity: trustsync.Identity{Trust: l.identity.Trust, Site: l.identity.Site, Device: l.identity.Device, Epoch: epoch},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.engine.Serve(ctx)
	}()
	stop = func() {
		cancel()
		<-done
		transport.Close()
	}
	l.t.Cleanup(stop)
	return stop
}

// received waits for the receipts, then has the hub open and hash every byte of each case.
func (l *realLine) received(ids ...appliance.CaseID) {
	l.t.Helper()
	for _, id := range ids {
		eventually(l.t, "receipted", func() bool { s, _ := l.store.State(id); return s == appliance.Receipted })
		proof, err := l.hub.Proof(l.t.Context(), id)
		if err != nil || !proof.Verified {
			l.t.Fatalf("proof %+v, %v", proof, err)
		}
		for _, p := range proof.Parts[1:] {
			image := l.store.images[p.CaptureID]
			if p.SHA256 != wire.HexSum(image) || p.Size != int64(len(image)) {
				l.t.Errorf("an image at the hub is another: %+v", p)
			}
		}
	}
}

func TestRealHub(t *testing.T) {
	l := newRealLine(t)
	ids := []appliance.CaseID{l.store.Add(appliance.DermReview, 700_000, 20), l.store.Add(appliance.UrgentReview, 3000), l.store.Add(appliance.SecondRead)}
	stop := l.start()
	l.received(ids...)
	eventually(t, "compared", func() bool { r := l.engine.Status().Reconciled; return r != nil && r.Equal == 3 && r.Agrees() })
	stop()

	t.Run("the same batch again", func(t *testing.T) {
		l.store.mu.Lock()
		was := bytes.Clone(l.store.receipts[1].Envelope)
		l.store.batches[0].over = false
		delete(l.store.receipts, 1)
		l.store.mu.Unlock()
		stop := l.start()
		defer stop()
		eventually(t, "receipt", func() bool {
			l.store.mu.Lock()
			defer l.store.mu.Unlock()
			return len(l.store.receipts[1].Envelope) > 0
		})
		l.received(ids...)
		if !bytes.Equal(was, l.store.receipts[1].Envelope) {
			t.Error("the second receipt is another")
		}
	})

	t.Run("the same id with other content", func(t *testing.T) {
		bad := ids[0]
		l.store.mu.Lock()
		changed := *l.store.cases[bad]
		changed.Software = "other"
		l.store.cases[bad], l.store.state[bad] = &changed, appliance.Queued
		l.store.mu.Unlock()
		good := l.store.Add(appliance.DermReview, 50)
		stop := l.start()
		defer stop()
		l.received(good)
		eventually(t, "set aside", func() bool { s, _ := l.store.State(bad); return s == appliance.Quarantined })
		if _, code := l.store.State(bad); code != string(wire.CaseConflict) {
			t.Errorf("code %q", code)
		}
	})

	t.Run("a case that the trust must reject", func(t *testing.T) {
		bad, good := l.store.Add(appliance.DermReview, 10), l.store.Add(appliance.DermReview, 50)
		l.store.cases[bad].Patient = appliance.Patient{}
		stop := l.start()
		defer stop()
		l.received(good)
		eventually(t, "quarantined", func() bool { s, _ := l.store.State(bad); return s == appliance.Quarantined })
		if _, code := l.store.State(bad); code != string(wire.CasePatient) {
			t.Errorf("code %q", code)
		}
	})

	t.Run("a damaged image", func(t *testing.T) {
		bad, good := l.store.Add(appliance.DermReview, 9000), l.store.Add(appliance.DermReview, 50)
		l.store.Damage(bad)
		stop := l.start()
		defer stop()
		l.received(good)
		eventually(t, "set aside", func() bool { s, _ := l.store.State(bad); return s == appliance.Quarantined })
		if _, err := l.hub.Proof(t.Context(), bad); appliance.CodeOf(err) != appliance.NotFound {
			t.Errorf("the hub has the damaged case: %v", err)
		}
	})

	t.Run("the hub's signed time", func(t *testing.T) {
		nonce := "0123456789abcdef"
		envelope, err := l.client().Time(t.Context(), nonce)
		if err != nil {
			t.Fatal(err)
		}
		v, err := signed.Verify(t.Context(), signed.KindReceipt, envelope, l.ring)
		if err != nil {
			t.Fatal(err)
		}
		if said, err := wire.DecodeTime(v.Payload); err != nil || said.Nonce != nonce || time.Since(said.Now) > time.Minute {
			t.Errorf("%+v, %v", said, err)
		}
		if _, err := wire.DecodeReceipt(v.Payload); err == nil {
			t.Error("the time passes as a receipt")
		}
	})
}

// TestRealHubOverABadNetwork cuts connections at random places, below TLS, answers included: every case arrives whole,
// once, and no byte that the hub had made durable is sent again.
func TestRealHubOverABadNetwork(t *testing.T) {
	l := newRealLine(t)
	random := rand.New(rand.NewPCG(7, 7))
	var ids []appliance.CaseID
	for range 4 {
		ids = append(ids, l.store.Add(appliance.DermReview, 400_000, 1000))
	}
	ids = append(ids, l.store.Add(appliance.UrgentReview, 100_000))
	l.store.perBatch = 2
	l.relay.failing(func(n int) (up, down int64) {
		switch {
		case n > 40:
			return -1, -1
		case n%3 == 0: // an answer is cut
			return -1, 2500 + random.Int64N(4000)
		default: // what is sent is cut
			return 5000 + random.Int64N(150_000), -1
		}
	})
	l.start()
	l.received(ids...)
	for _, id := range ids {
		proof, err := l.hub.Proof(t.Context(), id)
		if err != nil || proof.Chain != "whole" {
			t.Errorf("%+v, %v", proof, err)
		}
	}
	page, err := l.client().Reconcile(t.Context(), "")
	if err != nil || len(page.Cases) != len(ids) {
		t.Errorf("the hub holds %d cases of %d: %v", len(page.Cases), len(ids), err)
	}
}

func TestRealHubIsAway(t *testing.T) {
	l := newRealLine(t)
	l.relay.failing(func(int) (int64, int64) { return 0, 0 })
	id := l.store.Add(appliance.DermReview, 100)
	l.start()
	eventually(t, "noticed", func() bool { return l.engine.Status().LastError == "sync.unreachable" })
	l.relay.failing(func(int) (int64, int64) { return -1, -1 })
	l.received(id)
}
