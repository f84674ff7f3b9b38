package trustsync_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
	"dermbox/sync/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick is a pace for tests: the order of things is that of the real one.
var quick = trustsync.Pace{
	LinkLow: time.Millisecond, LinkHigh: 5 * time.Millisecond, First: 5 * time.Millisecond, Slow: 50 * time.Millisecond,
	Portal: 10 * time.Millisecond, Max: 10 * time.Second, Interval: 10 * time.Millisecond, Compare: 1, Reconcile: time.Hour,
}

// line is an engine between a stand-in store and a stand-in hub.
type line struct {
	t      *testing.T
	store  *StandInStore
	hub    *StandInHub
	kick   chan struct{}
	engine *trustsync.Engine
}

func newLine(t *testing.T) *line {
	t.Helper()
	return &line{t: t, store: newStandInStore(t), hub: newStandInHub(t), kick: make(chan struct{}, 1)}
}

// start runs a new engine until the test ends or stop is called.
func (l *line) start(change func(*trustsync.Deps)) (stop func()) {
	l.t.Helper()
	transport := l.hub.Client(func(o *client.Options) { o.Stall, o.Answer = 2*time.Second, 5*time.Second })
	d := trustsync.Deps{
		Store: l.store, Blobs: l.store, Transport: transport, Signer: l.hub.Signer(), Keys: l.hub, Clock: realClock{},
		Identity: trustsync.Identity{Trust: trust, Site: site, Device: device, Epoch: epoch}, Kick: l.kick, Pace: quick,
	}
	if change != nil {
		change(&d)
	}
	l.engine = trustsync.New(d)
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

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never: " + what)
}

func (l *line) reaches(id appliance.CaseID, want appliance.State) {
	l.t.Helper()
	eventually(l.t, string(want), func() bool { got, _ := l.store.State(id); return got == want })
}

func (l *line) received(ids ...appliance.CaseID) {
	l.t.Helper()
	for _, id := range ids {
		l.reaches(id, appliance.Receipted)
		if !l.hub.Holds(id) {
			l.t.Errorf("%s counts as received and the hub does not hold it", id)
		}
	}
}

func TestABatchArrivesWithItsReceipt(t *testing.T) {
	l := newLine(t)
	ids := []appliance.CaseID{l.store.Add(appliance.DermReview, 3000, 500_000), l.store.Add(appliance.SecondRead, 10)}
	l.hub.onOffer = func(digest string) {
		if !l.store.Offered(digest) {
			t.Error("the offer was sent before it was kept")
		}
	}
	l.start(nil)
	l.received(ids...)
	for id, image := range l.store.images {
		if got := l.hub.Part(wire.HexSum(image)); string(got) != string(image) {
			t.Errorf("image %s: %d bytes at the hub", id, len(got))
		}
	}
	s := l.engine.Status()
	if !s.Reachable || s.LastError != "" || s.NeedsIT || s.LastContact.IsZero() {
		t.Errorf("status %+v", s)
	}
	if p := l.store.progress; p.PartsSent != 5 || p.PartsTotal != 5 || p.BytesSent != p.BytesTotal {
		t.Errorf("progress %+v", p)
	}
	if heads := count(l.hub.Log(), "HEAD"); heads != 0 {
		t.Errorf("%d questions about parts that were never sent", heads)
	}
}

func count(log []string, prefix string) (n int) {
	for _, line := range log {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

func TestALostAcknowledgementGivesOneCase(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 1000)
	l.hub.Faults.LoseCommitAnswers = 3
	l.start(nil)
	l.received(id)
	if n := l.hub.Offers(); n != 1 {
		t.Errorf("%d manifests for one batch", n)
	}
	if n := l.hub.Received(l.store.cases[id].Captures[0].SHA256); n != 1000 {
		t.Errorf("%d bytes were sent of an image of 1000", n)
	}
}

func TestTheHubsWordIsKept(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	l.hub.Faults.Later, l.hub.Faults.RetryAfter = 1, 1
	began := time.Now()
	l.start(nil)
	eventually(t, "refused", func() bool { return l.engine.Status().LastError == "sync.wire.code.busy" })
	if s := l.engine.Status(); !s.Reachable || s.NeedsIT {
		t.Errorf("status %+v", s)
	}
	l.kick <- struct{}{} // new work does not cut the wait short
	l.engine.Wake()
	l.received(id)
	if took := time.Since(began); took < time.Second {
		t.Errorf("came again after %v, asked to wait 1 s", took)
	}
}

func TestOnlyAVerifiedReceiptCounts(t *testing.T) {
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*Faults){
		"another key":    func(f *Faults) { f.ReceiptKey = stranger },
		"another kind":   func(f *Faults) { f.ReceiptKind = signed.KindPolicy },
		"another digest": func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.ManifestDigest = wire.Digest(nil) } },
		"another trust":  func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Trust = "RYY" } },
		"another site":   func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Site = "RYY01" } },
		"another device": func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Device = "clinic-2" } },
		"another batch":  func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Batch++ } },
		"another case": func(f *Faults) {
			f.Receipt = func(r *wire.ReceiptPayload) { r.Cases[0].ID = appliance.CaseID(appliance.NewID()) }
		},
		"another version": func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Cases[0].Version++ } },
		"no case":         func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Cases = nil } },
		"another schema":  func(f *Faults) { f.Receipt = func(r *wire.ReceiptPayload) { r.Schema = wire.TimeSchema } },
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLine(t)
			id := l.store.Add(appliance.DermReview, 10)
			fault(&l.hub.Faults)
			l.start(nil)
			eventually(t, "an error", func() bool { return l.engine.Status().LastError == "sync.receipt_unverified" })
			if state, _ := l.store.State(id); state != appliance.Sending || !l.engine.Status().NeedsIT {
				t.Errorf("state %s, status %+v", state, l.engine.Status())
			}
			l.hub.Change(func(f *Faults) { *f = Faults{} })
			l.engine.Kick()
			l.received(id)
			if s := l.engine.Status(); s.LastError != "" || s.NeedsIT {
				t.Errorf("the error stays: %+v", s)
			}
		})
	}
}

func TestAnUrgentCaseGoesByOnItsOwnConnection(t *testing.T) {
	l := newLine(t)
	bulk := l.store.Add(appliance.DermReview, 1000, 1000, 1000, 1000, 1000, 1000)
	var urgent appliance.CaseID
	l.hub.Faults.AfterPart = func(h *StandInHub, _ string) {
		if urgent == "" {
			urgent = l.store.Add(appliance.UrgentReview, 100)
			l.kick <- struct{}{}
		}
	}
	var order []appliance.CaseID
	l.store.onSave = func(_ appliance.Receipt, results []wire.CaseResult) { order = append(order, results[0].ID) }
	l.start(nil)
	l.received(bulk)
	if len(order) != 2 || order[0] != urgent || order[1] != bulk {
		t.Errorf("receipts in the order %v", order)
	}
	remotes := map[string]bool{}
	for _, line := range l.hub.Log() {
		remotes[line[strings.LastIndex(line, " "):]] = true
	}
	if len(remotes) != 2 {
		t.Errorf("%d connections, want one for bulk and one for urgent", len(remotes))
	}
}

func TestARefusedDeviceDoesNotHammer(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	l.hub.Faults.Unauthorised = true
	l.start(func(d *trustsync.Deps) { d.Pace.Slow, d.Pace.Max = time.Hour, 2*time.Hour })
	eventually(t, "needs IT", func() bool { return l.engine.Status().NeedsIT })
	for range 5 {
		l.kick <- struct{}{}
		time.Sleep(10 * time.Millisecond)
		select {
		case <-l.kick:
		default:
		}
	}
	if n := len(l.hub.Log()); n != 1 {
		t.Errorf("%d requests of a device that is refused", n)
	}
	if s := l.engine.Status(); s.NextTry.Before(time.Now().Add(30 * time.Minute)) {
		t.Errorf("next try %v", s.NextTry)
	}
	l.hub.Change(func(f *Faults) { f.Unauthorised = false })
	l.engine.Kick() // a person says that it is mended
	l.received(id)
}

func TestTheStoresFailureIsNotTheHubs(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	left := 3
	l.store.fail = func(what string) error {
		if what == "SaveReceipt" && left > 0 {
			left--
			return appliance.E(appliance.Full, "storage.full", nil)
		}
		return nil
	}
	l.start(nil)
	l.received(id)
	if left != 0 || l.hub.Offers() != 1 {
		t.Errorf("%d failures left, %d manifests", left, l.hub.Offers())
	}
}

func TestNewWorkWakesTheEngine(t *testing.T) {
	l := newLine(t)
	l.start(func(d *trustsync.Deps) { d.Pace.Interval = time.Hour })
	time.Sleep(20 * time.Millisecond)
	id := l.store.Add(appliance.DermReview, 10)
	l.kick <- struct{}{}
	l.received(id)
	id = l.store.Add(appliance.DermReview, 10)
	l.engine.Wake()
	l.received(id)
}

func TestReconcileAfterContact(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10, 20)
	l.start(func(d *trustsync.Deps) { d.Held = l.store.Held })
	l.received(id)
	eventually(t, "compared", func() bool { r := l.engine.Status().Reconciled; return r != nil && r.Equal == 1 && r.Agrees() })
	l.hub.Forget(id)
	report, err := l.engine.Reconcile(t.Context())
	if err != nil || report.Agrees() || len(report.OnlyDevice) != 1 || report.OnlyDevice[0] != id {
		t.Errorf("%+v, %v", report, err)
	}
	eventually(t, "sent again", func() bool { return l.hub.Holds(id) })
	l.received(id)
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	if len(l.store.requeued) != 1 || l.store.requeued[0] != "hub_lost_it" {
		t.Errorf("queued again: %v; once for a report", l.store.requeued)
	}
}

// TestTheEngineItselfFindsWhatTheHubLost: nobody asks, and a store that is busy at first only delays it.
func TestTheEngineItselfFindsWhatTheHubLost(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10, 20)
	stop := l.start(nil)
	l.received(id)
	stop()
	l.hub.Forget(id)
	refusals := 2
	l.store.fail = func(what string) error {
		if what != "Requeue" || refusals == 0 {
			return nil
		}
		refusals--
		return appliance.E(appliance.Unavailable, "storage.busy", nil)
	}
	l.start(func(d *trustsync.Deps) { d.Held = l.store.Held })
	eventually(t, "sent again", func() bool { return l.hub.Holds(id) })
	l.received(id)
	if r := l.engine.Status().Reconciled; r == nil {
		t.Error("no report for health")
	}
}

// TestTheBytesOfTheSignOffAreSent: a later version of the program encodes a case otherwise, and that changes nothing.
func TestTheBytesOfTheSignOffAreSent(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	raw, err := wire.CaseJSON(l.store.cases[id])
	if err != nil {
		t.Fatal(err)
	}
	l.hub.Faults.Unauthorised = true
	stop := l.start(nil)
	eventually(t, "refused", func() bool { return l.engine.Status().LastError != "" })
	stop()
	l.store.fixed[id] = raw
	l.store.cases[id].Software = "what a later version reads differently"
	l.hub.Change(func(f *Faults) { *f = Faults{} })
	l.start(func(d *trustsync.Deps) { d.Held = l.store.Held })
	l.received(id)
	if got := l.hub.Part(wire.HexSum(raw)); string(got) != string(raw) {
		t.Errorf("the hub has %q", got)
	}
	eventually(t, "compared", func() bool { r := l.engine.Status().Reconciled; return r != nil && r.Equal == 1 })
}

func TestWithoutAHubNothingIsLost(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	url := l.hub.server.URL
	l.hub.server.Close()
	l.start(nil)
	eventually(t, "unreachable", func() bool { return l.engine.Status().LastError == "sync.unreachable" })
	if state, _ := l.store.State(id); state != appliance.Sending || l.engine.Status().Reachable {
		t.Errorf("%s at %s", state, url)
	}
}
