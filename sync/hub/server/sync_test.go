package server_test

import (
	"bytes"
	"net/http"
	"testing"

	"dermbox/sync/wire"
)

func TestACaseArrivesOnceWithItsExactBytes(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(400_000, 70_000)
	a := b.offer(v)
	if len(a.Missing) != 3 || a.Committed || a.Missing[0] != wire.HexSum(v.json) {
		t.Fatalf("missing %v", a.Missing)
	}
	if status, body := b.commit(a.Digest); status != http.StatusConflict || code(t, body) != wire.CodePartsMissing {
		t.Errorf("commit before the parts: %d %s", status, body)
	}
	b.sendMissing(a, v)
	receipt := b.receipt(a.Digest)
	if receipt.Device != "box-1" || receipt.Batch != 1 || len(receipt.Cases) != 1 || receipt.Cases[0].Outcome != wire.Accepted {
		t.Fatalf("receipt %+v", receipt)
	}
	rows := func() int64 {
		report, err := r.hub.Ledger.AuditReport(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return report.Rows
	}
	before := rows()
	for i, image := range v.images {
		got, err := r.hub.Image(t.Context(), "reader", v.c.ID, v.c.Captures[i].ID)
		if err != nil || !bytes.Equal(got, image) {
			t.Errorf("image %d: %d bytes, %v", i, len(got), err)
		}
	}
	if got := rows() - before; got != int64(len(v.images)) {
		t.Errorf("%d audit rows for %d images that a person saw", got, len(v.images))
	}
	p, err := r.hub.Proof(t.Context(), v.c.ID)
	if err != nil || !p.Verified || len(p.Parts) != 3 || p.Device != "box-1" || p.ManifestDigest != a.Digest || len(p.Findings) != 1 {
		t.Errorf("proof %+v, %v", p, err)
	}
	seen, err := r.hub.Case(t.Context(), "it", v.c.ID)
	if err != nil || seen.Case.Patient.FamilyName != "Zebedee" {
		t.Errorf("case: %v", err)
	}
	if _, err := r.hub.Ledger.AuditReport(t.Context()); err != nil {
		t.Errorf("audit: %v", err)
	}
}

func TestTheSameBatchTwiceGivesTheSameReceipt(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1000)
	body, digest := b.sign(b.manifest(v))
	b.sendMissing(b.offerBody(body), v)
	_, first := b.commit(digest)
	again := b.offerBody(body)
	if !again.Committed || len(again.Missing) != 0 {
		t.Errorf("offered again: %+v", again)
	}
	r.reopen()
	if _, second := b.commit(digest); !bytes.Equal(first, second) {
		t.Errorf("receipts differ:\n%s\n%s", first, second)
	}
	// The same case in a new batch is a duplicate and costs no bytes.
	b.last = digest
	a := b.offer(v)
	if len(a.Missing) != 0 {
		t.Errorf("known parts are asked for again: %v", a.Missing)
	}
	if got := b.receipt(a.Digest); got.Cases[0].Outcome != wire.Duplicate {
		t.Errorf("outcome %+v", got.Cases[0])
	}
	if rows, err := r.hub.Ledger.Cases(t.Context(), "RZZ", 10); err != nil || len(rows) != 1 {
		t.Errorf("%d cases, %v", len(rows), err)
	}
}

func TestTheSameCaseWithOtherContentIsRefusedAndBothKept(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1000)
	b.deliver(v)
	other := v
	changed := *v.c
	changed.Lesions[0].Note = "changed"
	other.c = &changed
	other.encode(t)
	body, digest := b.sign(b.manifest(other))
	for range 2 {
		status, answer := send(t, b.http, "POST", r.url+wire.PathBatches, body, nil)
		e, err := wire.DecodeError(answer)
		if status != http.StatusConflict || err != nil || e.Code != wire.CaseConflict || !e.Permanent || len(e.Cases) != 1 || e.Cases[0] != v.c.ID {
			t.Fatalf("%d %s %v", status, answer, err)
		}
	}
	if status, answer := b.commit(digest); status != http.StatusConflict || code(t, answer) != wire.CaseConflict {
		t.Errorf("commit: %d %s", status, answer)
	}
	alarms, err := r.hub.Ledger.Alarms(t.Context(), "RZZ", 10)
	if err != nil || len(alarms) != 1 || alarms[0].Kind != "case_conflict" || alarms[0].Object != string(v.c.ID) {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	if p, err := r.hub.Proof(t.Context(), v.c.ID); err != nil || !p.Verified || p.Parts[0].SHA256 != wire.HexSum(v.json) {
		t.Errorf("the hub's own copy: %+v, %v", p, err)
	}
	// The refused offer stays in the chain: the next one follows it.
	b.last = digest
	b.deliver(b.visit(10))
	if alarms, _ := r.hub.Ledger.Alarms(t.Context(), "RZZ", 10); len(alarms) != 1 {
		t.Errorf("alarms %+v", alarms)
	}
}

func TestConflictBetweenTwoOpenBatchesIsRejectedAtTheCommit(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(10)
	changed := *v.c
	other := visit{c: &changed, images: v.images}
	changed.Software = "other"
	other.encode(t)
	good := b.visit(20)
	first := b.offer(v)
	b.sendMissing(first, v)
	second := b.offer(other, good)
	b.sendMissing(second, other, good)
	b.receipt(first.Digest)
	got := b.receipt(second.Digest)
	if got.Cases[0].Code != wire.CaseConflict || got.Cases[0].Outcome != wire.Rejected || got.Cases[1].Outcome != wire.Accepted {
		t.Errorf("%+v", got.Cases)
	}
}

func TestAPoisonCaseIsRejectedAndTheRestFlows(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	make := func(change func(*visit)) visit {
		v := b.visit(10)
		change(&v)
		return v
	}
	for want, poison := range map[wire.ErrorCode]visit{
		wire.CaseUndecodable: make(func(v *visit) { v.json = []byte(`{"schema":"dermbox.case/1"}`) }),
		wire.CaseMismatch:    make(func(v *visit) { c := *v.c; v.c = &c; c.Version = 2 }),
		wire.CaseSite:        make(func(v *visit) { v.c.Site.Code = "RZZ99"; v.encode(t) }),
		wire.CasePatient:     make(func(v *visit) { v.c.Patient.NHSNumber = "9990000019"; v.encode(t) }),
		wire.CaseImages: make(func(v *visit) {
			c := *v.c
			c.Captures = nil
			v.c = &c
		}),
	} {
		t.Run(string(want), func(t *testing.T) {
			good := b.visit(10)
			got := b.deliver(poison, good)
			if c := got.Cases[0]; c.Outcome != wire.Rejected || c.Code != want || c.Message == "" || c.Message[0] == '[' {
				t.Errorf("%+v", c)
			}
			if got.Cases[1].Outcome != wire.Accepted {
				t.Errorf("the good case: %+v", got.Cases[1])
			}
		})
	}
}

func TestChain(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	alarms := func() (kinds []string) {
		all, err := r.hub.Ledger.Alarms(t.Context(), "RZZ", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			kinds = append([]string{a.Kind}, kinds...)
		}
		return kinds
	}
	check := func(step string, want ...string) {
		t.Helper()
		if got := alarms(); len(got) != len(want) || len(want) > 0 && got[len(got)-1] != want[len(want)-1] {
			t.Errorf("%s: alarms %v, want %v", step, got, want)
		}
	}
	b.deliver(b.visit(1))
	second := b.last
	b.deliver(b.visit(2))
	check("in order")
	b.last = wire.Digest([]byte("never arrived"))
	b.deliver(b.visit(3))
	check("an offer was lost", "gap")
	b.last = second
	b.deliver(b.visit(4))
	check("a copied disk", "gap", "fork")
	b.last = ""
	b.deliver(b.visit(5))
	check("the chain begun again in its epoch", "gap", "fork", "fork")
	b.epoch, b.last, b.number = "e2", "", 0
	b.deliver(b.visit(6))
	check("restored", "gap", "fork", "fork", "epoch")
	if rows, err := r.hub.Ledger.Cases(t.Context(), "RZZ", 10); err != nil || len(rows) != 6 {
		t.Errorf("no case may be lost by its chain: %d, %v", len(rows), err)
	}
}

func TestReconcileAndTime(t *testing.T) {
	r := newRig(t)
	b, other := r.enrol("box-1"), r.enrol("box-2")
	v := b.visit(10, 20)
	b.deliver(v)
	other.deliver(other.visit(10))
	status, body := send(t, b.http, "GET", r.url+wire.PathReconcile, nil, nil)
	a, err := wire.DecodeReconcile(body)
	if status != http.StatusOK || err != nil || len(a.Cases) != 1 || a.Next != "" {
		t.Fatalf("%d %s %v", status, body, err)
	}
	if c := a.Cases[0]; c.ID != v.c.ID || len(c.Parts) != 3 || c.Parts[1].SHA256 != wire.HexSum(v.images[0]) || c.ManifestDigest != b.last {
		t.Errorf("%+v", c)
	}
	if status, body := send(t, b.http, "GET", r.url+wire.PathReconcile+"?after=x", nil, nil); code(t, body) != wire.CodeMalformed {
		t.Errorf("a cursor that is none: %d %s", status, body)
	}
	first, err := r.hub.Ledger.Reconcile(t.Context(), b.scope(), "", 1)
	if err != nil || len(first.Cases) != 1 {
		t.Errorf("%+v %v", first, err)
	}
	checkTime(t, b)
}
