package store_test

import (
	"bytes"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// TestTheBytesOfTheSignOffStay: what goes to the trust is what was fixed at sign-off, whatever a later program would make of it.
func TestTheBytesOfTheSignOffStay(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	open := r.upTo(appliance.Capturing)
	_, err := r.CaseJSON(ctx, open.ID)
	checkError(t, err, appliance.Conflict, "storage.case.not_signed_off")
	_, err = r.CaseJSON(ctx, "none")
	checkError(t, err, appliance.NotFound, "storage.case.not_found")
	open.Route = appliance.DermReview
	must(t, r.SignOff(ctx, open, false, act("case.sign_off")))
	want, err := wire.CaseJSON(open)
	must(t, err)
	got, err := r.CaseJSON(ctx, open.ID)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("case.json %q, %v; want %q", got, err, want)
	}
	b := r.next()
	if !bytes.Equal(b.Cases[0].JSON, want) {
		t.Errorf("the batch has %q", b.Cases[0].JSON)
	}

	older := r.signedOff(false) // by a version that kept no bytes
	must(t, r.Store.Close())
	raw(t, r.path(), `UPDATE cases SET case_json = NULL WHERE id = '`+string(older.ID)+`'`)
	r.open()
	if got, err := r.CaseJSON(ctx, older.ID); err != nil || got != nil {
		t.Errorf("of an older version: %q, %v", got, err)
	}
}

func TestHeld(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.signedOff(false)
	damaged, older := r.signedOff(false), r.signedOff(false)
	b := r.next()
	_, digest := r.offer(b)
	if held, err := r.Held(ctx); err != nil || len(held) != 0 {
		t.Errorf("before the receipt: %+v, %v", held, err)
	}
	receipt := r.receipt(b, digest)
	must(t, r.SaveReceipt(ctx, b.Number, receipt, results(b, wire.Accepted)))
	r.signedOff(false) // still waiting
	must(t, r.Store.Close())
	raw(t, r.path(), `UPDATE cases SET case_json = x'00' WHERE id = '`+string(damaged.ID)+`';
		UPDATE cases SET case_json = NULL WHERE id = '`+string(older.ID)+`'`)
	r.open()
	held, err := r.Held(ctx)
	if err != nil || len(held) != 3 {
		t.Fatalf("held %+v, %v", held, err)
	}
	for i, c := range b.Cases {
		got := held[i]
		want := wire.EntryOf(c.Case, c.JSON, false).Parts
		if c.Case.ID == damaged.ID {
			want = nil
		}
		if got.ID != c.Case.ID || got.Version != 1 || got.ManifestDigest != digest || !got.ReceivedAt.Equal(receipt.IssuedAt) || len(got.Parts) != len(want) {
			t.Errorf("held %+v, want parts %+v", got, want)
			continue
		}
		for j := range want {
			if got.Parts[j] != want[j] {
				t.Errorf("part %+v, want %+v", got.Parts[j], want[j])
			}
		}
	}
}
