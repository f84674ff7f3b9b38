package store_test

import (
	"bytes"
	"slices"
	"strings"
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
	if held, err := r.Held(ctx, "RAE"); err != nil || len(held) != 0 {
		t.Errorf("before the receipt: %+v, %v", held, err)
	}
	receipt := r.receipt(b, digest)
	must(t, r.SaveReceipt(ctx, b.Number, receipt, results(b, wire.Accepted)))
	r.signedOff(false) // still waiting
	must(t, r.Store.Close())
	raw(t, r.path(), `UPDATE cases SET case_json = x'00' WHERE id = '`+string(damaged.ID)+`';
		UPDATE cases SET case_json = NULL WHERE id = '`+string(older.ID)+`'`)
	r.open()
	held, err := r.Held(ctx, "RAE")
	if err != nil || len(held) != 3 {
		t.Fatalf("held %+v, %v", held, err)
	}
	if other, err := r.Held(ctx, "RYY"); err != nil || len(other) != 1 || other[0].ID != damaged.ID {
		t.Errorf("of another trust: %+v, %v; only what does not open may be", other, err)
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

// largest gives a visit with as many stills and lesions as intake takes, and with more in each of them than any has.
func largest(r *rig) *appliance.Case {
	c := r.upTo(appliance.HistoryDone)
	long := strings.Repeat("\u2028", 500) // six bytes each in JSON
	limit := 1.5
	for len(c.Lesions) < appliance.MaxLesions {
		c.Lesions = append(c.Lesions, appliance.Lesion{ID: appliance.LesionID(appliance.NewID()), Label: "L20", Note: long})
	}
	results := make([]appliance.ClassResult, 16)
	for i := range results {
		results[i] = appliance.ClassResult{Label: strings.Repeat("x", 64), Class: appliance.AtypicalNaevus, Probability: 0.123456789012345, Threshold: 0.123456789012345}
	}
	hits := make([]appliance.RuleHit, 22)
	for i := range hits {
		hits[i] = appliance.RuleHit{Rule: "X01", Effects: []appliance.Effect{appliance.HumanRequired, appliance.NeverLower}, LesionID: c.Lesions[0].ID,
			Key: "rules.X01", Source: strings.Repeat("x", 300)}
	}
	for i := range c.Lesions {
		f := appliance.Finding{LesionID: c.Lesions[i].ID, Status: appliance.Assessed, Classes: results, Hits: hits, At: r.clock.Now()}
		for range appliance.MaxStills / appliance.MaxLesions {
			still := still(c, picture(1000))
			still.LesionID = c.Lesions[i].ID
			still.Exposed, still.Pressed = r.clock.Now(), r.clock.Now()
			for range 12 {
				still.Quality.Measures = append(still.Quality.Measures, appliance.Measure{Name: "exposure_mean", Value: 0.123456789012345,
					Unit: "px", Min: &limit, Max: &limit, Key: "quality.exposure_mean.high"})
			}
			c.Captures = append(c.Captures, still)
			f.Stills = append(f.Stills, appliance.StillResult{Capture: still.ID, Classes: results, Reason: "finding.reason.not_asked"})
		}
		c.Findings = append(c.Findings, f)
	}
	return c
}

func TestTheLargestVisitCanBeSent(t *testing.T) {
	r := newRig(t)
	c := largest(r)
	if len(c.Captures) != appliance.MaxStills || len(c.Lesions) != appliance.MaxLesions {
		t.Fatalf("%d stills, %d lesions", len(c.Captures), len(c.Lesions))
	}
	must(t, r.SignOff(t.Context(), c, false, act("case.sign_off")))
	b := r.next()
	if n := len(b.Cases[0].JSON); n == 0 || n > wire.MaxCaseJSON/4*3 {
		t.Errorf("case.json has %d bytes: nothing is to spare", n)
	}
	m := wire.Manifest{Schema: wire.ManifestSchema, Trust: "RAE", Site: "RAE01", Device: "box-1", Epoch: "e", Batch: 1, CreatedAt: r.clock.Now(),
		Cases: []wire.CaseEntry{wire.EntryOf(b.Cases[0].Case, b.Cases[0].JSON, false)}}
	if _, err := wire.EncodeManifest(m); err != nil {
		t.Error(err)
	}
}

// TestWhatCannotBeSentIsNotSignedOff: a case that the protocol refuses stays open, where a person can still mend it; frozen it would
// be set aside for ever.
func TestWhatCannotBeSentIsNotSignedOff(t *testing.T) {
	for name, n := range map[string]int{"at the limit of the protocol": wire.MaxParts - 1, "one still above it": wire.MaxParts} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.upTo(appliance.Capturing)
			for len(c.Captures) < n {
				c.Captures = append(c.Captures, still(c, picture(100)))
			}
			c.Route = appliance.DermReview
			before, captures := r.auditRows(), slices.Clone(c.Captures)
			err := r.SignOff(t.Context(), c, false, act("case.sign_off"))
			if n < wire.MaxParts {
				must(t, err)
				return
			}
			checkError(t, err, appliance.Invalid, "storage.case.unsendable")
			if r.state(c.ID) != appliance.Capturing || r.auditRows() != before || r.next() != nil {
				t.Error("it was signed off")
			}
			c.Captures = captures[:10] // mended
			must(t, r.SignOff(t.Context(), c, false, act("case.sign_off")))
		})
	}
}
