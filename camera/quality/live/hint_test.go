package live_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
	"dermbox/camera/quality/live"
)

func at(limit float64) *float64 { return &limit }

func TestHintOfAVerdict(t *testing.T) {
	focus := appliance.Measure{Name: quality.Focus, Value: 10, Min: at(5), Hard: true, Pass: true}
	blurred := appliance.Measure{Name: quality.Focus, Value: 2.5, Min: at(5), Hard: true, Key: "quality.focus.low"}
	moving := appliance.Measure{Name: quality.Motion, Value: 3, Max: at(2), Hard: true, Key: "quality.motion.high"}
	dark := appliance.Measure{Name: quality.ExposureMean, Value: 40, Min: at(50), Max: at(200), Key: "quality.exposure_mean.low"}
	bright := appliance.Measure{Name: quality.ExposureMean, Value: 300, Min: at(50), Max: at(200), Key: "quality.exposure_mean.high"}
	mirrored := appliance.Measure{Name: quality.ClippedHigh, Value: 0.015, Max: at(0.01), Hard: true, Key: "quality.clipped_high.high"}
	whole := appliance.Measure{Name: quality.LesionCut, Value: 0, Max: at(0.1), Pass: true}
	aside := appliance.Measure{Name: quality.LesionMargin, Value: 0.01, Min: at(0.04), Key: "quality.lesion_margin.low"}
	for name, tt := range map[string]struct {
		verdict appliance.Verdict
		want    live.Hint
	}{
		"nothing measured":                {appliance.Verdict{Pass: true}, live.Hint{}},
		"nothing measured on the picture": {appliance.Verdict{Pass: true, Measures: []appliance.Measure{{Name: "reference", Value: 1, Pass: true}}}, live.Hint{}},
		"no profile": {appliance.Verdict{HardFail: true, Measures: []appliance.Measure{{Name: "profile", Hard: true, Key: "daemon.no_profile_for_view"}}},
			live.Hint{Known: true, Hard: true, Key: "daemon.no_profile_for_view"}},
		"good": {appliance.Verdict{Pass: true, Measures: []appliance.Measure{focus, whole}}, live.Hint{Known: true, Pass: true, Meters: []live.Meter{
			{Name: "focus", Key: "quality.word.focus.good", Share: 1, Good: true},
			{Name: "lesion", Key: "quality.word.lesion_cut.good", Share: 0, Good: true}}}},
		"the first that fails is said": {appliance.Verdict{HardFail: true, Measures: []appliance.Measure{dark, blurred, mirrored}},
			live.Hint{Known: true, Hard: true, Key: "quality.exposure_mean.low", Meters: []live.Meter{
				{Name: "focus", Key: "quality.word.focus.low", Share: 0.25}, {Name: "brightness", Key: "quality.word.exposure_mean.low", Share: 0.25 - 10.0/300},
				{Name: "glare", Key: "quality.word.clipped_high.high", Share: 0.75}}}},
		"a meter shows what failed": {appliance.Verdict{Measures: []appliance.Measure{bright, moving, focus, whole, aside}},
			live.Hint{Known: true, Key: "quality.exposure_mean.high", Meters: []live.Meter{
				{Name: "focus", Key: "quality.word.motion.high", Share: 0.75}, {Name: "brightness", Key: "quality.word.exposure_mean.high", Share: 1},
				{Name: "lesion", Key: "quality.word.lesion_margin.low", Share: 0.125}}}},
	} {
		if d := cmp.Diff(tt.want, live.Of(tt.verdict)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestEveryMeterHasWords(t *testing.T) {
	for _, name := range []string{quality.Motion, quality.Focus, quality.ExposureMean, quality.Glare, quality.ClippedHigh,
		quality.LesionContrast, quality.LesionCut, quality.LesionMargin} {
		for _, end := range []string{"good", "low", "high"} {
			if key := "quality.word." + name + "." + end; !text.Has(key) {
				t.Errorf("no word for %s", key)
			}
		}
	}
	for _, name := range live.Meters() {
		if !text.Has("kiosk.meter." + name) {
			t.Errorf("no name for the meter %s", name)
		}
	}
}
