package trustsync_test

import (
	"testing"
	"time"

	"dermbox/appliance"
	trustsync "dermbox/sync"
	"dermbox/sync/wire"
)

func TestCompare(t *testing.T) {
	item := func(id, sum string) wire.ReconcileCase {
		return wire.ReconcileCase{ID: appliance.CaseID(id), Version: 1, Parts: []wire.Part{{SHA256: sum, Size: 1}}}
	}
	amended := item("a", "3")
	amended.Version = 2
	cases := []struct {
		name                             string
		device, hub                      []wire.ReconcileCase
		equal, onlyDevice, onlyHub, diff int
	}{
		{name: "nothing"},
		{"equal", []wire.ReconcileCase{item("a", "1"), item("b", "2")}, []wire.ReconcileCase{item("b", "2"), item("a", "1")}, 2, 0, 0, 0},
		{"the hub forgot", []wire.ReconcileCase{item("a", "1")}, nil, 0, 1, 0, 0},
		{"the receipt is on its way", nil, []wire.ReconcileCase{item("a", "1")}, 0, 0, 1, 0},
		{"other content", []wire.ReconcileCase{item("a", "1")}, []wire.ReconcileCase{item("a", "2")}, 0, 0, 0, 1},
		{"an amendment is a case of its own", []wire.ReconcileCase{item("a", "1"), amended}, []wire.ReconcileCase{item("a", "1")}, 1, 1, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := trustsync.Compare(c.device, c.hub)
			if r.Equal != c.equal || len(r.OnlyDevice) != c.onlyDevice || len(r.OnlyHub) != c.onlyHub || len(r.Different) != c.diff ||
				r.Device != len(c.device) || r.Hub != len(c.hub) || r.Agrees() != (c.onlyDevice+c.onlyHub+c.diff == 0) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestAComparisonThatFailsHoldsNoCaseBack: comparing and sending fail apart. Only the hub's own word of when to come again
// is kept for both.
func TestAComparisonThatFailsHoldsNoCaseBack(t *testing.T) {
	for _, code := range []wire.ErrorCode{wire.CodeInternal, wire.CodeFull, wire.CodeNoCertificate, wire.CodeMalformed} {
		t.Run(string(code), func(t *testing.T) {
			l := newLine(t)
			l.hub.Faults.Compare = code
			l.start(func(d *trustsync.Deps) {
				d.Held, d.Pace.Interval, d.Pace.First, d.Pace.Slow, d.Pace.Max = l.store.Held, time.Hour, time.Hour, time.Hour, 2*time.Hour
			})
			eventually(t, "the comparison failed", func() bool { return l.engine.Status().LastError != "" })
			id := l.store.Add(appliance.UrgentReview, 10)
			l.engine.Wake()
			l.received(id)
			if n := count(l.hub.Log(), "GET "+wire.PathReconcile); n != 1 {
				t.Errorf("%d comparisons: one that fails has its own pace", n)
			}
			l.hub.Change(func(f *Faults) { f.Compare = "" })
			l.engine.Kick() // a person says that it is mended
			eventually(t, "compared", func() bool { r := l.engine.Status().Reconciled; return r != nil && r.Equal == 1 })
		})
	}
}

func TestTheHubsWordAboutAComparisonIsKept(t *testing.T) {
	l := newLine(t)
	l.hub.Faults.Compare, l.hub.Faults.RetryAfter = wire.CodeBusy, 1
	began := time.Now()
	l.start(func(d *trustsync.Deps) { d.Held = l.store.Held })
	eventually(t, "refused", func() bool { return l.engine.Status().LastError == "sync.wire.code.busy" })
	id := l.store.Add(appliance.DermReview, 10)
	l.engine.Wake()
	l.received(id)
	if took := time.Since(began); took < time.Second {
		t.Errorf("came again after %v, asked to wait 1 s", took)
	}
}
