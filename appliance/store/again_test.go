package store_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/sync/wire"
)

// lastAudit gives the case's last row in the trail.
func (r *rig) lastAudit(id appliance.CaseID) store.TraceEvent {
	r.t.Helper()
	r.auditRows()
	trace, err := r.Trace(r.t.Context(), id)
	must(r.t, err)
	return trace.Audit[len(trace.Audit)-1]
}

func TestRetry(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	for _, code := range []struct{ code, key string }{
		{"damaged", "sync.aside.damaged"}, {"case_site", "sync.wire.code.case_site"}, {"of_a_later_hub", "storage.case.set_aside"},
	} {
		c := r.signedOff(false)
		b := r.next()
		r.offer(b)
		checkError(t, r.Retry(ctx, c.ID, "dermboxctl", "ticket-7"), appliance.Conflict, "storage.case.state")
		must(t, r.SetAside(ctx, b.Number, string(c.ID), code.code, ""))
		list, err := r.List(ctx, store.Filter{States: []appliance.State{appliance.Quarantined}})
		if err != nil || len(list) != 1 || list[0].LastError != code.key {
			t.Errorf("set aside: %+v, %v; want %s", list, err, code.key)
		}
		rows := r.auditRows()
		for _, reason := range []string{"", "Mrs Quillfeather rang"} {
			checkError(t, r.Retry(ctx, c.ID, "dermboxctl", reason), appliance.Invalid, "storage.case.reason")
		}
		if r.auditRows() != rows || r.next() != nil {
			t.Error("a refused retry did something")
		}
		must(t, r.Retry(ctx, c.ID, "dermboxctl", "ticket-7"))
		if e := r.lastAudit(c.ID); e.Action != "case.retry" || e.Actor != "dermboxctl" || e.Reason != "ticket-7" {
			t.Errorf("audit %+v", e)
		}
		again := r.next()
		if again == nil || again.Number == b.Number || again.Cases[0].Case.ID != c.ID {
			t.Fatalf("it does not wait again: %+v", again)
		}
		r.finish(again)
		if trace, err := r.Trace(ctx, c.ID); err != nil || trace.State != appliance.Receipted || trace.LastError != "" {
			t.Errorf("trace %s %q, %v", trace.State, trace.LastError, err)
		}
	}
	checkError(t, r.Retry(ctx, "none", "dermboxctl", "x"), appliance.NotFound, "storage.case.not_found")
}

func TestRequeue(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	lost, kept := r.signedOff(true), r.signedOff(false)
	for range 2 {
		b := r.next()
		_, digest := r.offer(b)
		must(t, r.SaveReceipt(ctx, b.Number, r.receipt(b, digest), results(b, wire.Accepted)))
	}
	waiting := r.signedOff(false)
	must(t, r.Requeue(ctx, []appliance.CaseID{lost.ID, waiting.ID, "none"}, "hub_lost_it"))
	for id, want := range map[appliance.CaseID]appliance.State{lost.ID: appliance.Queued, kept.ID: appliance.Receipted, waiting.ID: appliance.Queued} {
		if got := r.state(id); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if e := r.lastAudit(lost.ID); e.Action != "case.requeue" || e.Reason != "hub_lost_it" {
		t.Errorf("audit %+v", e)
	}
	if e := r.lastAudit(waiting.ID); e.Action == "case.requeue" {
		t.Error("a case that was passed over has a row in the trail")
	}
	trace, err := r.Trace(ctx, lost.ID)
	if err != nil || trace.LastError != "storage.case.requeued" || trace.Received != nil {
		t.Errorf("trace %+v, %v", trace, err)
	}
	b := r.next()
	if len(b.Cases) != 1 || b.Cases[0].Case.ID != lost.ID {
		t.Fatalf("the urgent case first and alone: %s", ids(b))
	}
	_, digest := r.offer(b)
	must(t, r.SaveReceipt(ctx, b.Number, r.receipt(b, digest), results(b, wire.Duplicate)))
	if held, err := r.Held(ctx, "RAE"); err != nil || len(held) != 2 || held[0].ManifestDigest != digest {
		t.Errorf("held %+v, %v", held, err)
	}
}

// TestKeepReceipt: a case that waits once more and cannot be sent is received as before; the rest of its batch goes on.
func TestKeepReceipt(t *testing.T) {
	for name, offered := range map[string]bool{"not offered": false, "offered": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ctx := t.Context()
			c := r.signedOff(false)
			first := r.next()
			_, digest := r.offer(first)
			issued := r.receipt(first, digest).IssuedAt
			must(t, r.SaveReceipt(ctx, first.Number, r.receipt(first, digest), results(first, wire.Accepted)))
			_, err := r.KeepReceipt(ctx, first.Number, c.ID, "other_trust")
			checkError(t, err, appliance.Conflict, "storage.batch.stale")
			must(t, r.Requeue(ctx, []appliance.CaseID{c.ID}, "hub_lost_it"))
			rejected := r.signedOff(false)
			b := r.next()
			if offered {
				r.offer(b)
			}
			rows := r.auditRows()
			if kept, err := r.KeepReceipt(ctx, b.Number, rejected.ID, "other_trust"); err != nil || kept || r.auditRows() != rows {
				t.Errorf("without a receipt: %v, %v", kept, err)
			}
			if kept, err := r.KeepReceipt(ctx, b.Number, c.ID, "other_trust"); err != nil || !kept {
				t.Fatalf("kept %v, %v", kept, err)
			}
			trace, err := r.Trace(ctx, c.ID)
			if err != nil || trace.State != appliance.Receipted || trace.LastError != "" || trace.Received == nil || !trace.Received.Equal(issued) {
				t.Errorf("%s %q %v, %v", trace.State, trace.LastError, trace.Received, err)
			}
			if e := r.lastAudit(c.ID); e.Action != "case.keep_receipt" || e.Actor != "sync" || e.Reason != "other_trust" {
				t.Errorf("audit %+v", e)
			}
			if next := r.next(); next == nil || len(next.Cases) != 1 || next.Cases[0].Case.ID != rejected.ID || next.Number == b.Number {
				t.Errorf("the rest of the batch: %+v", next)
			}
		})
	}
}

// TestARejectionIsNoReceipt: a receipt that says no to the case is nothing to keep.
func TestARejectionIsNoReceipt(t *testing.T) {
	r := newRig(t)
	c := r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	must(t, r.SaveReceipt(t.Context(), b.Number, r.receipt(b, digest), results(b, wire.Rejected)))
	must(t, r.Retry(t.Context(), c.ID, "dermboxctl", "ticket-7"))
	if kept, err := r.KeepReceipt(t.Context(), r.next().Number, c.ID, "other_trust"); err != nil || kept || r.state(c.ID) != appliance.Queued {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestPressesAreKeptAndAudited(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.HistoryDone)
	press := func(id string, view appliance.View, outcome string) {
		t.Helper()
		must(t, r.SaveAttempt(ctx, c.ID, store.Attempt{ID: id, Lesion: c.Lesions[0].ID, View: view, Outcome: outcome}))
	}
	press("a1", appliance.Dermoscopic, "camera.stalled")
	if e := r.lastAudit(c.ID); e.Action != "capture.attempt" || e.Outcome != "refused" || e.Reason != "camera.stalled" {
		t.Errorf("audit %+v", e)
	}
	press("a2", appliance.Dermoscopic, "held")
	if e := r.lastAudit(c.ID); e.Action != "capture.attempt" || e.Outcome != "ok" || e.Reason != "held" {
		t.Errorf("audit %+v", e)
	}
	press("a3", appliance.Regional, "kept")
	press("a2", appliance.Dermoscopic, "kept") // the same press, decided later
	press("a4", appliance.Dermoscopic, "held")
	attempts, err := r.Attempts(ctx, c.ID)
	if err != nil || len(attempts) != 4 {
		t.Errorf("presses %v, %v", attempts, err)
	}
	_, err = r.Attempts(ctx, "none")
	checkError(t, err, appliance.NotFound, "storage.case.not_found")
}
