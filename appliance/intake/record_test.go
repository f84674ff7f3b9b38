package intake_test

import (
	"slices"
	"testing"

	"dermbox/appliance"
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

func TestNoModelThroughOpticsWhoseCalibrationHasExpired(t *testing.T) {
	for expires, excluded := range map[appliance.Date]bool{"": false, "2026-11-22": false, "2026-11-21": true} {
		r := newRig(t)
		r.camera.expiry = expires
		f := r.captured().must(r.signOff()).Case.Findings[0]
		hit := slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X17" })
		if hit != excluded || r.model.asked() > 0 == excluded || (f.Reason == "X17") != excluded {
			t.Errorf("until %q: %+v, asked %d times", expires, f, r.model.asked())
		}
	}
}
