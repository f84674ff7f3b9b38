package evaluate_test

import (
	"math"
	"testing"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

func TestAUC(t *testing.T) {
	tests := map[string]struct {
		with, without []float64
		want          float64
	}{
		"apart":    {[]float64{3, 4}, []float64{1, 2}, 1},
		"reversed": {[]float64{1, 2}, []float64{3, 4}, 0},
		"all tied": {[]float64{1, 1}, []float64{1, 1, 1}, 0.5},
		"mixed":    {[]float64{0.9, 0.4, 0.4}, []float64{0.4, 0.1}, (2 + 1.5 + 1.5) / 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := evaluate.AUC(test.with, test.without); math.Abs(got-test.want) > 1e-12 {
				t.Fatalf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSummarise(t *testing.T) {
	m := &pack.Manifest{
		Output: pack.Output{Labels: []string{"nv", "mel"}, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.7}, "mel": {Class: appliance.Melanoma, Threshold: 0.4},
		}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
	}
	one := func(truth, group string, nv float64) evaluate.Case {
		return evaluate.Case{Truth: truth, Group: group, Scores: inference.Scores{
			Labels: m.Output.Labels, Probabilities: []float64{nv, 1 - nv}, TookMS: 4,
		}}
	}
	r := evaluate.Summarise(m, []evaluate.Case{one("nv", "a", 0.9), one("nv", "b", 0.65), one("mel", "a", 0.2), one("mel", "a", 0.95)})
	if r.Cases != 4 || r.AUC["mel"] != 0.5 || r.MeanMS != 4 || r.Groups["b"].Cases != 1 || len(r.Groups["b"].AUC) != 0 {
		t.Fatalf("%+v", r)
	}
	if v := r.Verdict; v["nv"]["BENIGN"] != 1 || v["nv"][evaluate.CannotJudge] != 1 || v["mel"]["MEL"] != 1 || v["mel"]["BENIGN"] != 1 {
		t.Fatalf("%+v", v)
	}
}
