package store_test

import (
	"bytes"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// finish takes a batch from its offer to its receipt.
func (r *rig) finish(b *wire.Batch) {
	r.t.Helper()
	digest := b.Digest
	if digest == "" {
		_, digest = r.offer(b)
	}
	must(r.t, r.SaveReceipt(r.t.Context(), b.Number, r.receipt(b, digest), results(b, wire.Accepted)))
}

func TestBatchToReceipt(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	if r.next() != nil {
		t.Error("a batch out of nothing")
	}
	var cases []*appliance.Case
	for range 4 {
		cases = append(cases, r.signedOff(false))
	}
	b := r.next()
	if b.Number != 1 || b.Previous != "" || b.Envelope != nil || len(b.Cases) != 3 || b.Cases[0].Case.ID != cases[0].ID {
		t.Fatalf("first batch %+v", b)
	}
	if b.Cases[0].Case.Patient.FamilyName != "Quillfeather" || r.state(cases[0].ID) != appliance.Queued {
		t.Error("the batch's case is not the whole case, or was moved before the offer")
	}
	envelope, digest := r.offer(b)
	if r.state(cases[0].ID) != appliance.Sending || r.state(cases[3].ID) != appliance.Queued {
		t.Error("states after the offer")
	}
	must(t, r.SaveProgress(ctx, 1, wire.Progress{PartsSent: 1, PartsTotal: 6, BytesSent: 10, BytesTotal: 60}))

	r.reopen() // killed while sending
	again := r.next()
	if again.Number != 1 || !bytes.Equal(again.Envelope, envelope) || again.Digest != digest || ids(again) != ids(b) {
		t.Errorf("after a restart: %+v", again)
	}
	must(t, r.SaveOffer(ctx, 1, envelope, digest)) // the same again
	checkError(t, r.SaveOffer(ctx, 1, []byte("other"), "sha256:other"), appliance.Conflict, "storage.batch.other_offer")

	rows := r.auditRows()
	receipt := r.receipt(b, digest)
	must(t, r.SaveReceipt(ctx, 1, receipt, results(b, wire.Accepted)))
	must(t, r.SaveReceipt(ctx, 1, receipt, results(b, wire.Accepted))) // again: nothing
	if got := r.auditRows(); got != rows+1 {
		t.Errorf("%d audit rows, want %d", got, rows+1)
	}
	if r.state(cases[0].ID) != appliance.Receipted {
		t.Error("not receipted")
	}
	trace, err := r.Trace(ctx, cases[0].ID)
	if err != nil || !bytes.Equal(trace.Receipt.Envelope, receipt.Envelope) || !trace.Receipt.IssuedAt.Equal(receipt.IssuedAt) {
		t.Errorf("receipt %+v, %v", trace.Receipt, err)
	}

	last := r.next()
	if last.Number != 2 || last.Previous != digest || len(last.Cases) != 1 || last.Cases[0].Case.ID != cases[3].ID {
		t.Errorf("second batch %+v", last)
	}
	checkError(t, r.SaveReceipt(ctx, 2, receipt, nil), appliance.Unverified, "storage.receipt.other_batch")
	checkError(t, r.SaveReceipt(ctx, 9, receipt, nil), appliance.NotFound, "storage.batch.not_found")
	checkError(t, r.SaveOffer(ctx, 9, envelope, digest), appliance.NotFound, "storage.batch.not_found")
	checkError(t, r.SaveOffer(ctx, 2, nil, digest), appliance.Invalid, "storage.batch.offer")
}

func TestReceiptMustAnswerTheBatch(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.signedOff(false)
	r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	good := r.receipt(b, digest)
	rows := r.auditRows()
	all := results(b, wire.Accepted)
	foreign := wire.CaseResult{ID: appliance.CaseID(appliance.NewID()), Outcome: wire.Accepted}
	other := good
	other.ManifestDigest = "sha256:other"
	bare := good
	bare.Envelope = nil
	for name, c := range map[string]struct {
		receipt appliance.Receipt
		results []wire.CaseResult
	}{
		"other digest": {other, all}, "no envelope": {bare, all}, "no results": {good, nil}, "one missing": {good, all[:1]},
		"one twice": {good, []wire.CaseResult{all[0], all[0]}}, "one foreign": {good, append(all[:2:2], foreign)},
		"unknown outcome": {good, []wire.CaseResult{all[0], {ID: all[1].ID, Outcome: "perhaps"}}},
	} {
		if err := r.SaveReceipt(ctx, b.Number, c.receipt, c.results); appliance.CodeOf(err) != appliance.Unverified {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.auditRows() != rows || r.state(b.Cases[0].Case.ID) != appliance.Sending {
		t.Error("a refused receipt left a trace")
	}
	must(t, r.SaveReceipt(ctx, b.Number, good, all))
}

func TestRejectedCaseIsQuarantined(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.signedOff(false)
	r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	outcome := results(b, wire.Duplicate)
	outcome[1].Outcome, outcome[1].Code, outcome[1].Message = wire.Rejected, "case_conflict", "Other content under this id."
	must(t, r.SaveReceipt(ctx, b.Number, r.receipt(b, digest), outcome))
	if got := r.state(b.Cases[0].Case.ID); got != appliance.Receipted {
		t.Errorf("duplicate is %s", got)
	}
	bad := b.Cases[1].Case.ID
	trace, err := r.Trace(ctx, bad)
	if err != nil || trace.State != appliance.Quarantined || trace.LastError != "sync.wire.code.case_conflict" ||
		trace.Batches[0].Outcome != "rejected" || trace.Batches[0].Code != "case_conflict" || trace.Received != nil {
		t.Errorf("trace %+v, %v", trace, err)
	}
	if r.next() != nil {
		t.Error("a quarantined case is sent again")
	}
}

func TestUrgentGoesFirst(t *testing.T) {
	r := newRig(t)
	bulk := r.signedOff(false)
	urgent := r.signedOff(true)
	b := r.next()
	if len(b.Cases) != 1 || b.Cases[0].Case.ID != urgent.ID {
		t.Fatalf("first batch has %s", ids(b))
	}
	r.finish(b)
	b = r.next()
	if len(b.Cases) != 1 || b.Cases[0].Case.ID != bulk.ID {
		t.Fatalf("second batch has %s", ids(b))
	}

	// The bulk batch was offered and is under way when an urgent case comes.
	envelope, bulkDigest := r.offer(b)
	urgent = r.signedOff(true)
	second := r.signedOff(true)
	u := r.next()
	if len(u.Cases) != 1 || u.Cases[0].Case.ID != urgent.ID || u.Previous != bulkDigest {
		t.Fatalf("urgent batch %+v", u)
	}
	_, urgentDigest := r.offer(u)
	r.finish(&wire.Batch{Number: b.Number, Digest: bulkDigest, Cases: b.Cases}) // commits finish in any order
	again := r.next()
	if again.Number != u.Number || again.Digest != urgentDigest {
		t.Errorf("the unfinished urgent batch does not come again: %+v", again)
	}
	r.finish(again)
	u = r.next()
	if len(u.Cases) != 1 || u.Cases[0].Case.ID != second.ID || u.Previous != urgentDigest || bytes.Equal(u.Envelope, envelope) {
		t.Errorf("second urgent batch %+v", u)
	}
}

// TestUrgentDissolvesWhatWasNotOffered: the bulk batch was handed out but not offered when an urgent case comes.
func TestUrgentDissolvesWhatWasNotOffered(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.signedOff(false)
	bulk := r.next()
	urgent := r.signedOff(true)
	u := r.next()
	if u.Number <= bulk.Number || len(u.Cases) != 1 || u.Cases[0].Case.ID != urgent.ID {
		t.Fatalf("urgent batch %+v", u)
	}
	checkError(t, r.SaveOffer(ctx, bulk.Number, []byte("late"), "sha256:late"), appliance.Conflict, "storage.batch.stale")
	_, digest := r.offer(u)
	r.finish(&wire.Batch{Number: u.Number, Digest: digest, Cases: u.Cases})
	again := r.next()
	if again.Number <= u.Number || again.Previous != digest || ids(again) != ids(bulk) {
		t.Errorf("bulk batch after it: %+v", again)
	}
	trace, err := r.Trace(ctx, bulk.Cases[0].Case.ID)
	if err != nil || len(trace.Batches) != 1 {
		t.Errorf("the dissolved batch shows: %+v, %v", trace.Batches, err)
	}
}

// TestSameBatchUntilOffered: asking again without offering makes no second batch, and what comes later waits.
func TestSameBatchUntilOffered(t *testing.T) {
	r := newRig(t)
	r.signedOff(false)
	first := r.next()
	r.signedOff(false)
	if again := r.next(); again.Number != first.Number || ids(again) != ids(first) {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestSetAside(t *testing.T) {
	for _, offered := range []bool{false, true} {
		r := newRig(t)
		ctx := t.Context()
		for range 3 {
			r.signedOff(false)
		}
		b := r.next()
		digest := ""
		if offered {
			_, digest = r.offer(b)
		}
		bad := b.Cases[1].Case.ID
		must(t, r.SetAside(ctx, b.Number, string(bad), "Malformed Case!", "cannot be read"))
		if got := r.state(bad); got != appliance.Quarantined {
			t.Errorf("offered %v: the bad case is %s", offered, got)
		}
		if got := r.state(b.Cases[0].Case.ID); got != appliance.Queued {
			t.Errorf("offered %v: the good case is %s", offered, got)
		}
		rest := r.next()
		if rest.Number == b.Number || rest.Previous != digest || len(rest.Cases) != 2 || rest.Envelope != nil {
			t.Errorf("offered %v: the rest is %+v", offered, rest)
		}
		trace, err := r.Trace(ctx, bad)
		must(t, err)
		if got := trace.Batches[0]; got.Code != "_alformed__ase_" || got.Outcome != "rejected" {
			t.Errorf("offered %v: trace %+v", offered, got)
		}
		if err := r.SetAside(ctx, b.Number, string(b.Cases[0].Case.ID), "x", ""); appliance.CodeOf(err) != appliance.Conflict {
			t.Errorf("offered %v: a case of another batch by now: %v", offered, err)
		}
		r.finish(rest)
		if r.next() != nil {
			t.Errorf("offered %v: something is left", offered)
		}
		r.auditRows()
	}
}

func TestSetAsideSeveral(t *testing.T) {
	r := newRig(t)
	for range 3 {
		r.signedOff(false)
	}
	b := r.next()
	r.offer(b)
	for _, c := range b.Cases {
		must(t, r.SetAside(t.Context(), b.Number, string(c.Case.ID), "case_too_large", ""))
	}
	if r.next() != nil {
		t.Error("something is left")
	}
	err := r.SetAside(t.Context(), b.Number, appliance.NewID(), "x", "")
	checkError(t, err, appliance.Conflict, "storage.batch.other_case")
}

// TestDamagedEnvelope: a flipped bit in the queue holds nobody up.
func TestDamagedEnvelope(t *testing.T) {
	r := newRig(t)
	r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	raw(t, r.path(), `UPDATE batches SET envelope = zeroblob(200)`)
	again := r.next()
	if again.Number == b.Number || again.Envelope != nil || again.Previous != digest || ids(again) != ids(b) {
		t.Errorf("after the damage: %+v", again)
	}
	r.finish(again)
	if got := r.state(b.Cases[0].Case.ID); got != appliance.Receipted {
		t.Errorf("the case is %s", got)
	}
}

// TestGiveUp: an offer of an earlier enrolment is closed, stays in the chain, and its cases travel in a new batch.
func TestGiveUp(t *testing.T) {
	r := newRig(t)
	r.signedOff(false)
	r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	rows := r.auditRows()
	must(t, r.GiveUp(t.Context(), b.Number, "enrolled_anew"))
	if got := r.auditRows(); got != rows+1 || r.state(b.Cases[0].Case.ID) != appliance.Queued {
		t.Errorf("%d audit rows after %d, the case is %s", got, rows, r.state(b.Cases[0].Case.ID))
	}
	checkError(t, r.GiveUp(t.Context(), b.Number, "enrolled_anew"), appliance.Conflict, "storage.batch.stale")
	checkError(t, r.GiveUp(t.Context(), 99, "x"), appliance.NotFound, "storage.batch.not_found")
	again := r.next()
	if again.Number == b.Number || again.Envelope != nil || again.Previous != digest || ids(again) != ids(b) {
		t.Errorf("the next batch: %+v", again)
	}
	r.finish(again)
	checkError(t, r.GiveUp(t.Context(), again.Number, "x"), appliance.Conflict, "storage.batch.stale")
	if got := r.state(b.Cases[1].Case.ID); got != appliance.Receipted {
		t.Errorf("the case is %s", got)
	}
}
