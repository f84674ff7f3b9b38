package intake_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

// Decision 14: what the rules read of box and model stands in the record, so that it can be asked again from case.json.
func TestRecordSaysWhyTheModelWasNotReady(t *testing.T) {
	r := newRig(t)
	r.model.absent, r.model.state = true, appliance.ModelExpired
	r.captured().judged()
	f := r.must(r.signOff()).Case.Findings[0]
	if f.Reason != "X22" || f.ModelState != appliance.ModelExpired {
		t.Fatalf("%+v", f)
	}
}

func TestRecordSaysThatTheModelWasReady(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	r.model.set(func(m *StandInModel) { m.absent, m.state = true, appliance.ModelUnavailable }) // it answered before
	c := r.must(r.signOff()).Case
	f := c.Findings[0]
	if f.ModelState != appliance.ModelReady || len(f.Stills) != 1 || f.Stills[0].OutOfDistribution == nil || f.Stills[0].OutOfDistribution.Limit != 0.5 {
		t.Fatalf("%+v", f)
	}
	if c.Site.LesionCap != 2 {
		t.Errorf("lesion cap %d", c.Site.LesionCap)
	}
}

// A record says that a model which is not approved was in force, also where it was asked nothing, or spoke before another came.
func TestRecordSaysThatTheModelIsNotForClinicalUse(t *testing.T) {
	for _, c := range []struct{ status, atSignOff, want string }{
		{"demonstration", "demonstration", "demonstration"},
		{"simulation", "simulation", "simulation"},
		{"simulation", appliance.Approved, "simulation"},
		{appliance.Approved, "demonstration", "demonstration"},
		{appliance.Approved, appliance.Approved, ""},
		{"", "", "unknown"},
	} {
		for _, absent := range []bool{false, true} {
			r := newRig(t)
			r.model.absent, r.model.status = absent, c.status
			r.captured().judged()
			r.model.set(func(m *StandInModel) { m.status = c.atSignOff })
			signed := r.must(r.signOff()).Case
			want := c.want
			if absent && c.atSignOff == appliance.Approved {
				want = "" // it was asked nothing, and the one in force is approved
			}
			if signed.NotForClinicalUse != want || signed.Unapproved() != want {
				t.Errorf("%+v, absent %v: %q", c, absent, signed.NotForClinicalUse)
			}
		}
	}
}

func TestNoModelThroughOpticsWhoseCalibrationHasExpired(t *testing.T) {
	for name, c := range map[string]struct {
		expires  appliance.Date
		reached  time.Time // by the clock, before it fell back to 22 November
		excluded bool
	}{
		"none recorded":                {"", time.Time{}, false},
		"on its last day":              {"2026-11-22", time.Time{}, false},
		"the day after":                {"2026-11-21", time.Time{}, true},
		"clock fell back, still valid": {"2026-11-25", time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), false},
		"clock fell back, had expired": {"2026-11-25", time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.camera.expiry, r.clock.reached = c.expires, c.reached
			f := r.captured().must(r.signOff()).Case.Findings[0]
			hit := slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X17" })
			if hit != c.excluded || r.model.asked() > 0 == c.excluded || (f.Reason == "X17") != c.excluded {
				t.Errorf("%+v, asked %d times", f, r.model.asked())
			}
		})
	}
}

// The card was seen through the dermatoscope: a close-up without it has no scale, and the lamp's gains are not its own.
func TestOnlyDermoscopicStillsHaveTheCardsWord(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.verdict = appliance.Verdict{Pass: true, Measures: []appliance.Measure{{Name: "field_px", Value: 1000, Pass: true}}}
	n := 0
	r.camera.next = func(appliance.Stamp) (intake.Still, error) {
		n++
		still := r.camera.still(strconv.Itoa(n), r.clock.Now())
		still.Capture.Reference = &appliance.Reference{Calibration: "c", MMPerPX: 0.02, FieldPX: 1000}
		return still, nil
	}
	r.pressView(appliance.Dermoscopic)
	r.pressView(appliance.Macro)
	r.judge.verdict.Measures = []appliance.Measure{{Name: "field_px", Value: 500, Pass: true}} // somebody has zoomed out
	r.pressView(appliance.Dermoscopic)
	stills := r.must(r.service.View(t.Context(), r.id)).Case.Captures
	if len(stills) != 3 || stills[2].Reference == nil || stills[2].Reference.MMPerPX != 0 || stills[0].Reference == nil || stills[0].Reference.MMPerPX != 0.02 || stills[1].Reference != nil {
		t.Errorf("%+v", stills)
	}
}
