package inference_test

import (
	"math"
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
)

func TestInterpret(t *testing.T) {
	m := &pack.Manifest{
		Output: pack.Output{Labels: []string{"nv", "mel", "bcc", "sk", "none"}, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.6}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
			"bcc": {Class: appliance.BCC, Threshold: 0.2}, "sk": {Class: appliance.Benign, Threshold: 0.6},
			"none": {Threshold: 0.3},
		}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.BCC, appliance.Benign},
	}
	tests := map[string]struct {
		p    []float64
		set  []appliance.Class
		most appliance.Class
	}{
		"clearly benign":                    {[]float64{0.95, 0.02, 0.01, 0.01, 0.01}, []appliance.Class{appliance.Benign}, appliance.Benign},
		"the most probable is not it":       {[]float64{0.8, 0.12, 0.05, 0.02, 0.01}, []appliance.Class{appliance.Melanoma, appliance.Benign}, appliance.Melanoma},
		"the most severe of several wins":   {[]float64{0.0, 0.1, 0.9, 0.0, 0.0}, []appliance.Class{appliance.Melanoma, appliance.BCC}, appliance.Melanoma},
		"exactly at the threshold counts":   {[]float64{0.1, 0.05, 0.2, 0.6, 0.05}, []appliance.Class{appliance.BCC, appliance.Benign}, appliance.BCC},
		"nothing over: cannot judge":        {[]float64{0.5, 0.09, 0.11, 0.29, 0.01}, nil, ""},
		"two benign labels are one class":   {[]float64{0.6, 0, 0, 0.6, 0}, []appliance.Class{appliance.Benign}, appliance.Benign},
		"unknown is not benign":             {[]float64{0.65, 0.01, 0.01, 0.01, 0.32}, nil, ""},
		"unknown does not hide the serious": {[]float64{0.0, 0.3, 0.0, 0.0, 0.7}, []appliance.Class{appliance.Melanoma}, appliance.Melanoma},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			results, set, most, ok := inference.Interpret(m, inference.Scores{Labels: m.Output.Labels, Probabilities: test.p})
			if !slices.Equal(set, test.set) || most != test.most || ok != (test.most != "") {
				t.Fatalf("got %v %q %v", set, most, ok)
			}
			if len(results) != 5 || results[1].Label != "mel" || results[1].Threshold != 0.1 || results[1].Over != (test.p[1] >= 0.1) {
				t.Fatalf("results %+v", results)
			}
		})
	}
	for name, s := range map[string]inference.Scores{
		"other labels": {Labels: []string{"mel", "nv", "bcc", "sk", "none"}, Probabilities: make([]float64, 5)},
		"too few":      {Labels: m.Output.Labels, Probabilities: make([]float64, 4)},
		"none":         {},
	} {
		if results, set, _, ok := inference.Interpret(m, s); ok || results != nil || set != nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A picture that the model cannot judge is never benign, and never hides anything worse.
func TestInterpretWithADistributionRule(t *testing.T) {
	m := &pack.Manifest{
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Sigmoid, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.3}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
		}, Distribution: &pack.Distribution{Method: pack.MaxProbability, Limit: 0.5}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
	}
	tests := map[string]struct {
		p     []float64
		most  appliance.Class
		value float64
		over  bool
	}{
		"sure and benign":              {[]float64{0.9, 0.05}, appliance.Benign, 0.1, false},
		"exactly at the limit":         {[]float64{0.5, 0.05}, appliance.Benign, 0.5, false},
		"benign, but of low certainty": {[]float64{0.4375, 0.05}, "", 0.5625, true},
		"suspicious all the same":      {[]float64{0.4375, 0.25}, appliance.Melanoma, 0.5625, true},
		"no number":                    {[]float64{0.9, math.NaN()}, "", 1, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := inference.Scores{Labels: m.Output.Labels, Probabilities: test.p}
			_, _, most, ok := inference.Interpret(m, s)
			score := inference.Unlikeness(m, s)
			if most != test.most || ok != (most != "") || score.Over != test.over || math.Abs(score.Value-test.value) > 1e-9 || score.Limit != 0.5 {
				t.Fatalf("%q %v, %+v", most, ok, score)
			}
		})
	}
	sure := inference.Scores{Labels: m.Output.Labels, Probabilities: []float64{0.9, 0.05}}
	m.Output.Distribution.Method = "of a later version"
	if _, _, _, ok := inference.Interpret(m, sure); ok || !inference.Unlikeness(m, sure).Over {
		t.Error("a rule that nobody knows says benign")
	}
	m.Output.Distribution = nil
	if inference.Unlikeness(m, sure) != nil {
		t.Error("a score without a rule")
	}
}

// The score of the features takes Benign away as confidence does, however sure the model is.
func TestInterpretWithFeatures(t *testing.T) {
	m := &pack.Manifest{
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.3}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
		}, Distribution: &pack.Distribution{Method: pack.FeatureResidual, Limit: 1.9, Features: 4, Directions: 2, Tolerance: 0.02}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
	}
	benign, both, above := []appliance.Class{appliance.Benign}, []appliance.Class{appliance.Melanoma, appliance.Benign}, math.Nextafter(1.9, 2)
	for name, test := range map[string]struct {
		p     []float64
		score *float64
		set   []appliance.Class
		want  appliance.Score
	}{
		"as a training picture":          {[]float64{0.95, 0.05}, new(1.0), benign, appliance.Score{Value: 1, Limit: 1.9}},
		"as the training pictures' mean": {[]float64{0.95, 0.05}, new(0.0), benign, appliance.Score{Value: 0, Limit: 1.9}},
		"exactly at the limit":           {[]float64{0.95, 0.05}, new(1.9), benign, appliance.Score{Value: 1.9, Limit: 1.9}},
		"just above it":                  {[]float64{0.95, 0.05}, new(above), nil, appliance.Score{Value: above, Limit: 1.9, Over: true}},
		"sure, and of a mouse":           {[]float64{1, 0}, new(40.0), nil, appliance.Score{Value: 40, Limit: 1.9, Over: true}},
		"suspicious all the same":        {[]float64{0.4, 0.6}, new(40.0), []appliance.Class{appliance.Melanoma}, appliance.Score{Value: 40, Limit: 1.9, Over: true}},
		"suspicious, and like others":    {[]float64{0.4, 0.6}, new(1.0), both, appliance.Score{Value: 1, Limit: 1.9}},
		"no score":                       {[]float64{0.95, 0.05}, nil, nil, appliance.Score{Value: pack.MaxUnlikeness, Limit: 1.9, Over: true}},
		"no number":                      {[]float64{0.95, 0.05}, new(math.NaN()), nil, appliance.Score{Value: pack.MaxUnlikeness, Limit: 1.9, Over: true}},
		"without end":                    {[]float64{0.95, 0.05}, new(math.Inf(1)), nil, appliance.Score{Value: pack.MaxUnlikeness, Limit: 1.9, Over: true}},
	} {
		s := inference.Scores{Labels: m.Output.Labels, Probabilities: test.p, Unlikeness: test.score}
		results, set, _, ok := inference.Interpret(m, s)
		if !slices.Equal(set, test.set) || ok != (len(set) > 0) || len(results) != 2 {
			t.Errorf("%s: %v, %v", name, set, ok)
		}
		if got := inference.Unlikeness(m, s); *got != test.want {
			t.Errorf("%s: %+v, want %+v", name, *got, test.want)
		}
	}
}

// Whatever the probabilities and the limit, a rule never takes a class worse than benign out of the set, and adds none.
func FuzzDistributionOnlyTakesBenignAway(f *testing.F) {
	f.Add(0.4, 0.2, 0.1, 0.5, 1.0)
	f.Add(0.9, 0.0, 0.0, 0.2, 0.1)
	f.Fuzz(func(t *testing.T, nv, mel, bcc, limit, score float64) {
		m := &pack.Manifest{Output: pack.Output{Labels: []string{"nv", "mel", "bcc"}, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.3}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
			"bcc": {Class: appliance.BCC, Threshold: 0.2},
		}}, Hierarchy: []appliance.Class{appliance.Melanoma, appliance.BCC, appliance.Benign}}
		s := inference.Scores{Labels: m.Output.Labels, Probabilities: []float64{nv, mel, bcc}}
		_, before, _, _ := inference.Interpret(m, s)
		m.Output.Distribution = &pack.Distribution{Method: pack.MaxProbability, Limit: limit}
		_, after, _, _ := inference.Interpret(m, s)
		onlyBenign(t, before, after)
		m.Output.Distribution.Method, s.Unlikeness = pack.FeatureResidual, &score
		_, after, _, _ = inference.Interpret(m, s)
		onlyBenign(t, before, after)
	})
}

// onlyBenign holds that a rule left the set as it was, or took Benign away.
func onlyBenign(t *testing.T, before, after []appliance.Class) {
	t.Helper()
	want := before
	if len(after) < len(before) {
		want = before[:len(before)-1]
		if before[len(before)-1] != appliance.Benign {
			t.Fatalf("%v became %v", before, after)
		}
	}
	if !slices.Equal(after, want) {
		t.Fatalf("%v became %v", before, after)
	}
}
