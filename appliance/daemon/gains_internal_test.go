package daemon

import (
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/qualitytest"
)

// A camera whose colours are off is judged by what the reference card asked of it, for as long as that counts.
func TestACardThatCountsMendsTheCast(t *testing.T) {
	p := qualitytest.Load(t, "../../camera/quality/profiles/scope-1080.json")
	m := qualitytest.Good(p)
	gains := [3]float64{1.5, 1, 0.6}
	off := m.Skin.XYZ().Linear().Times([3]float64{1 / gains[0], 1, 1 / gains[2]}).XYZ().Lab()
	m.Skin = &off
	for key, mended := range map[string]bool{referenceFresh: true, referenceOld: true, referenceExpired: false, referenceNone: false, referenceUnused: false} {
		v := reference{key: key, last: appliance.Calibration{Gains: gains}}.judge(p, m)
		i := slices.IndexFunc(v.Measures, func(m appliance.Measure) bool { return m.Name == quality.Cast })
		if i < 0 || v.Measures[i].Pass != mended {
			t.Errorf("%s: %+v", key, v.Measures)
		}
		if asked := slices.ContainsFunc(v.Measures, func(m appliance.Measure) bool { return m.Name == "reference" }); asked != (key != referenceUnused) {
			t.Errorf("%s: the reference is in the verdict: %v", key, asked)
		}
	}
}
