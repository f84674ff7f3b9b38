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
	if held, err := r.Held(ctx); err != nil || len(held) != 2 || held[0].ManifestDigest != digest {
		t.Errorf("held %+v, %v", held, err)
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
