package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/store"
)

func TestVisitStepByStep(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.draft()
	before := r.auditRows()
	for i, step := range []struct {
		state appliance.State
		edit  func()
	}{
		{appliance.Identified, func() { c.Patient = appliance.Patient{FamilyName: "Öztürk", GivenName: "éva"} }},
		{appliance.Consented, func() { c.Consent.Photography = appliance.Yes }},
		{appliance.HistoryDone, func() { c.History.SkinType = "II" }},
		{appliance.HistoryDone, func() { c.Lesions = []appliance.Lesion{{ID: "l"}} }},
	} {
		step.edit()
		c.State = step.state
		must(t, r.SaveCase(ctx, c, act("step")))
		if c.Revision != int64(i+2) {
			t.Errorf("revision %d after step %d", c.Revision, i)
		}
		r.reopen() // each step is durable on its own
		got, err := r.Case(ctx, c.ID)
		must(t, err)
		if got.State != step.state || got.Revision != c.Revision || got.Patient.FamilyName != c.Patient.FamilyName {
			t.Errorf("after step %d: %+v", i, got)
		}
		if rows := r.auditRows(); rows != before+int64(i)+1 {
			t.Errorf("%d audit rows after step %d, want %d", rows, i, before+int64(i)+1)
		}
	}
	list, err := r.List(ctx, store.Filter{})
	if err != nil || len(list) != 1 || list[0].Initials != "ÉÖ" {
		t.Errorf("list %+v, %v", list, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	r := newRig(t)
	c := r.draft()
	again := *c
	again.State = appliance.Draft
	checkError(t, r.CreateCase(t.Context(), &again, act("x")), appliance.Conflict, "storage.case.exists")
	again.ID = "../../etc"
	checkError(t, r.CreateCase(t.Context(), &again, act("x")), appliance.Invalid, "storage.case.not_draft")
	again.ID, again.State = appliance.CaseID(appliance.NewID()), appliance.Queued
	checkError(t, r.CreateCase(t.Context(), &again, act("x")), appliance.Invalid, "storage.case.not_draft")
}

func TestSaveRefuses(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.Identified)
	rows := r.auditRows()

	stale := *c
	stale.Revision--
	checkError(t, r.SaveCase(ctx, &stale, act("x")), appliance.Conflict, "storage.case.moved_on")
	back := *c
	back.State = appliance.Draft
	checkError(t, r.SaveCase(ctx, &back, act("x")), appliance.Conflict, "storage.case.state")
	queued := *c
	queued.State = appliance.Queued
	checkError(t, r.SaveCase(ctx, &queued, act("x")), appliance.Conflict, "storage.case.state")
	missing := *c
	missing.ID = appliance.CaseID(appliance.NewID())
	err := r.SaveCase(ctx, &missing, act("x"))
	checkError(t, err, appliance.NotFound, "storage.case.not_found")
	if !errors.Is(err, store.ErrNotFound) {
		t.Error("the cause is not ErrNotFound")
	}
	checkError(t, r.SaveCase(ctx, c), appliance.Internal, "error.internal")
	typed := act("x")
	typed.Reason = "the patient said so"
	checkError(t, r.SaveCase(ctx, c, typed), appliance.Internal, "error.internal")

	if stale.Revision != c.Revision-1 || r.auditRows() != rows {
		t.Error("a refused save left a trace")
	}
	if got, err := r.Case(ctx, c.ID); err != nil || got.Revision != c.Revision || got.State != appliance.Identified {
		t.Errorf("stored %+v, %v", got, err)
	}
}

func TestConcurrentSaves(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.Identified)
	var wg sync.WaitGroup
	outcomes := make(chan error, 8)
	for range cap(outcomes) {
		mine := *c
		wg.Go(func() { outcomes <- r.SaveCase(t.Context(), &mine, act("step")) })
	}
	wg.Wait()
	close(outcomes)
	saved := 0
	for err := range outcomes {
		if err == nil {
			saved++
		} else if appliance.CodeOf(err) != appliance.Conflict {
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of 8 saves from one revision went through", saved)
	}
}

// TestMoves tries every pair of states: through the table, and on a case where the public methods lead there.
func TestMoves(t *testing.T) {
	all := []appliance.State{
		appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing, appliance.Queued,
		appliance.Sending, appliance.Receipted, appliance.Purgeable, appliance.Purged, appliance.Abandoned,
		appliance.Quarantined, appliance.WrongPatientHold,
	}
	allowed := map[string]bool{
		"DRAFT>DRAFT": true, "DRAFT>IDENTIFIED": true, "DRAFT>ABANDONED": true,
		"IDENTIFIED>IDENTIFIED": true, "IDENTIFIED>CONSENTED": true, "IDENTIFIED>HISTORY_DONE": true, "IDENTIFIED>ABANDONED": true,
		"CONSENTED>CONSENTED": true, "CONSENTED>HISTORY_DONE": true, "CONSENTED>CAPTURING": true, "CONSENTED>ABANDONED": true,
		"HISTORY_DONE>HISTORY_DONE": true, "HISTORY_DONE>CAPTURING": true, "HISTORY_DONE>QUEUED": true, "HISTORY_DONE>ABANDONED": true,
		"CAPTURING>CAPTURING": true, "CAPTURING>QUEUED": true, "CAPTURING>ABANDONED": true,
		"QUEUED>SENDING": true, "QUEUED>QUARANTINED": true, "QUEUED>RECEIPTED": true,
		"SENDING>RECEIPTED": true, "SENDING>QUARANTINED": true, "SENDING>QUEUED": true,
		"RECEIPTED>PURGEABLE": true, "PURGEABLE>PURGED": true,
		"QUARANTINED>QUEUED": true, "RECEIPTED>QUEUED": true, "PURGEABLE>QUEUED": true,
	}
	for _, from := range all {
		for _, to := range all {
			pair := fmt.Sprintf("%s>%s", from, to)
			if got := store.CanMove(from, to); got != allowed[pair] {
				t.Errorf("%s: %v, want %v", pair, got, allowed[pair])
			}
		}
	}
	open := all[:5]
	r := newRig(t)
	for _, from := range open {
		for _, to := range append(slices.Clone(open), appliance.Abandoned, appliance.Queued) {
			c := r.upTo(from)
			c.State = to
			var err error
			if to == appliance.Queued {
				err = r.SignOff(t.Context(), c, false, act("x"))
			} else {
				err = r.SaveCase(t.Context(), c, act("x"))
			}
			if pair := fmt.Sprintf("%s>%s", from, to); (err == nil) != allowed[pair] || err != nil && appliance.CodeOf(err) != appliance.Conflict {
				t.Errorf("%s on a case: %v", pair, err)
			}
		}
	}
}

func TestSignOff(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.Capturing)
	rows := r.auditRows()
	stale := *c
	c.Route = appliance.UrgentReview
	must(t, r.SignOff(ctx, c, true, act("case.sign_off")))
	if c.State != appliance.Queued || c.SignedOff.Wall.IsZero() || c.Version != 1 {
		t.Errorf("after sign-off: %+v", c)
	}
	revision := c.Revision
	for _, again := range []*appliance.Case{c, &stale} {
		must(t, r.SignOff(ctx, again, false, act("case.sign_off")))
		if again.Revision != revision || again.State != appliance.Queued || again.Route != appliance.UrgentReview {
			t.Errorf("second sign-off gave %+v", again)
		}
	}
	if got := r.auditRows(); got != rows+1 {
		t.Errorf("%d audit rows, want one more than %d", got, rows)
	}
	b := r.next()
	if len(b.Cases) != 1 || b.Cases[0].Case.ID != c.ID {
		t.Errorf("batch %+v", b)
	}
	r.finish(b)
	if r.next() != nil {
		t.Error("the case is in the outbox twice")
	}
	c.State = appliance.Capturing
	checkError(t, r.SaveCase(ctx, c, act("x")), appliance.Conflict, "storage.case.frozen")
	jpeg := picture(10)
	checkError(t, r.stills.Keep(ctx, c, still(c, jpeg), jpeg, act("x")), appliance.Conflict, "storage.case.frozen")
}

func TestSignOffAtTheSameTime(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.Capturing)
	rows := r.auditRows()
	var wg sync.WaitGroup
	for range 6 {
		mine := *c
		wg.Go(func() {
			if err := r.SignOff(t.Context(), &mine, false, act("case.sign_off")); err != nil || mine.State != appliance.Queued {
				t.Errorf("%v, state %s", err, mine.State)
			}
		})
	}
	wg.Wait()
	if got := r.auditRows(); got != rows+1 {
		t.Errorf("%d audit rows, want one more than %d", got, rows)
	}
}

func TestListAndCounts(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.clock.SetWall(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)) // half past midnight of 1 July in London
	early := r.upTo(appliance.Identified)
	r.clock.SetWall(time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC))
	late := r.signedOff(false)
	abandoned := r.upTo(appliance.Identified)
	abandoned.State = appliance.Abandoned
	must(t, r.SaveCase(ctx, abandoned, act("visit.abandon")))

	for name, c := range map[string]struct {
		filter store.Filter
		want   []appliance.CaseID
	}{
		"all":          {store.Filter{}, []appliance.CaseID{abandoned.ID, late.ID, early.ID}},
		"by state":     {store.Filter{States: []appliance.State{appliance.Queued, appliance.Sending}}, []appliance.CaseID{late.ID}},
		"limit":        {store.Filter{Limit: 1}, []appliance.CaseID{abandoned.ID}},
		"offset":       {store.Filter{Limit: 1, Offset: 2}, []appliance.CaseID{early.ID}},
		"today":        {store.Filter{Today: true}, []appliance.CaseID{abandoned.ID, late.ID, early.ID}},
		"NHS number":   {store.Filter{NHSNumber: "9990000018", Limit: 2}, []appliance.CaseID{abandoned.ID, late.ID}},
		"other number": {store.Filter{NHSNumber: "9990000026"}, nil},
		"reference":    {store.Filter{Reference: " " + late.ID.Reference()}, []appliance.CaseID{late.ID}},
	} {
		list, err := r.List(ctx, c.filter)
		var got []appliance.CaseID
		for _, line := range list {
			got = append(got, line.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
	_, err := r.List(ctx, store.Filter{Reference: "DX-' OR 1"})
	checkError(t, err, appliance.Invalid, "storage.case.reference")
	r.clock.SetWall(time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC)) // 2 July in London
	if list, err := r.List(ctx, store.Filter{Today: true}); err != nil || len(list) != 0 {
		t.Errorf("next day: %v, %v", list, err)
	}
	counts, err := r.Counts(ctx)
	if err != nil || counts[appliance.Queued] != 1 || counts[appliance.Abandoned] != 1 || counts[appliance.Identified] != 1 || len(counts) != 3 {
		t.Errorf("counts %v, %v", counts, err)
	}
}

func TestDamagedCaseDoesNotStopTheRest(t *testing.T) {
	r := newRig(t)
	bad, good := r.signedOff(false), r.signedOff(false)
	raw(t, r.path(), `UPDATE cases SET body = zeroblob(100), initials = zeroblob(40) WHERE id = ?`, string(bad.ID))
	_, err := r.Case(t.Context(), bad.ID)
	checkError(t, err, appliance.Unverified, "storage.case.damaged")
	list, err := r.List(t.Context(), store.Filter{})
	if err != nil || len(list) != 2 || list[1].LastError != "storage.case.damaged" || list[0].Initials != "OQ" {
		t.Errorf("list %+v, %v", list, err)
	}
	b := r.next()
	if len(b.Cases) != 1 || b.Cases[0].Case.ID != good.ID {
		t.Errorf("batch has %s, want the good case alone", ids(b))
	}
	counts, err := r.Counts(t.Context())
	if err != nil || counts[appliance.Quarantined] != 1 {
		t.Errorf("counts %v, %v", counts, err)
	}
}

// TestOldBodyDoesNotPass puts an older sealed body of the same case back.
func TestOldBodyDoesNotPass(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.Identified)
	must(t, r.Store.Close())
	raw(t, r.path(), `CREATE TABLE old AS SELECT body FROM cases`)
	r.open()
	must(t, r.SaveCase(t.Context(), c, act("x")))
	raw(t, r.path(), `UPDATE cases SET body = (SELECT body FROM old)`)
	_, err := r.Case(t.Context(), c.ID)
	checkError(t, err, appliance.Unverified, "storage.case.damaged")
}
