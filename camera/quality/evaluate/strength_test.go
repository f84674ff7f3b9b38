package evaluate_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

// The strengths that the aims were set for. They never change with a limit.
func TestAgreedStrengths(t *testing.T) {
	for kind, want := range map[degrade.Kind][2]float64{
		degrade.Blur: {1.5, 3}, degrade.Motion: {6, 12}, degrade.Over: {1.5, 2.5}, degrade.Under: {1.5, 2.5},
		degrade.Glare: {0.03, 0.08}, degrade.Cast: {10, 20}, degrade.JPEG: {15, 5}, degrade.Crop: {0.15, 0.40}, degrade.Hair: {0.15, 0.30},
	} {
		row, ok := evaluate.Strength(kind)
		if got := [2]float64{row.Amounts[evaluate.Medium], row.Amounts[evaluate.Strong]}; !ok || got != want {
			t.Errorf("%s: %v, agreed are %v", kind, got, want)
		}
	}
}

// Each kind is in the table with a reason, and each step does more than the one before.
func TestStrengthsRise(t *testing.T) {
	for _, kind := range degrade.Kinds() {
		row, ok := evaluate.Strength(kind)
		if !ok || len(row.Reasons) == 0 || row.Unit == "" {
			t.Fatalf("%s: %+v", kind, row)
		}
		if _, strong := row.Amounts[evaluate.Strong]; !strong {
			t.Errorf("%s is never strong", kind)
		}
		var last float64
		for i, step := range evaluate.Steps() {
			amount, has := row.Amounts[step]
			if !has {
				continue
			}
			if falls := kind == degrade.JPEG; i > 0 && last != 0 && (amount > last) == falls {
				t.Errorf("%s: %s is %v after %v", kind, step, amount, last)
			}
			last = amount
		}
	}
}

func TestRight(t *testing.T) {
	pass := appliance.Measure{Name: quality.ImagePX, Pass: true}
	dark := appliance.Measure{Name: quality.ExposureMean, Key: "quality.exposure_mean.low"}
	bright := appliance.Measure{Name: quality.ExposureMean, Key: "quality.exposure_mean.high"}
	blurred := appliance.Measure{Name: quality.Focus, Key: "quality.focus.low"}
	for name, tt := range map[string]struct {
		kind        degrade.Kind
		measures    []appliance.Measure
		said, named bool
	}{
		"passed":               {degrade.Over, []appliance.Measure{pass}, false, false},
		"right":                {degrade.Over, []appliance.Measure{pass, bright}, true, true},
		"the other end":        {degrade.Over, []appliance.Measure{pass, dark}, false, false},
		"the other end, under": {degrade.Under, []appliance.Measure{pass, dark}, true, true},
		"second":               {degrade.Over, []appliance.Measure{pass, blurred, bright}, false, true},
		"moved for blurred":    {degrade.Motion, []appliance.Measure{blurred}, true, true},
		"nothing measured":     {degrade.Motion, nil, false, false},
	} {
		row, _ := evaluate.Strength(tt.kind)
		said, named := evaluate.Right(appliance.Verdict{Measures: tt.measures}, row.Reasons)
		if said != tt.said || named != tt.named {
			t.Errorf("%s: said %v, named %v", name, said, named)
		}
	}
}
