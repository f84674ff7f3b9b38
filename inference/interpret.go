package inference

import (
	"math"
	"slices"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// Interpret reads scores against the manifest's thresholds (domain 1.10). It gives every label's result in the model's
// order, the set of classes over their thresholds with the most severe first, and the most severe one. ok is false when
// the set is empty or the scores do not fit the manifest: the model cannot judge this picture.
//
// Two things take Benign out of the set, because a picture that the model cannot judge is not known to be harmless: a label
// without a class ("none of what I know") over its threshold, and a score over the limit of the manifest's rule (Unlikeness).
// Neither takes out anything worse: a suspicion stays one, however strange the picture.
func Interpret(m *pack.Manifest, s Scores) (results []appliance.ClassResult, set []appliance.Class, mostSevere appliance.Class, ok bool) {
	if !slices.Equal(s.Labels, m.Output.Labels) || len(s.Probabilities) != len(s.Labels) {
		return nil, nil, "", false
	}
	over := map[appliance.Class]bool{}
	for i, label := range s.Labels {
		mapping := m.Output.Classes[label]
		r := appliance.ClassResult{
			Label: label, Class: mapping.Class, Probability: s.Probabilities[i], Threshold: mapping.Threshold,
			Over: s.Probabilities[i] >= mapping.Threshold,
		}
		results = append(results, r)
		over[r.Class] = over[r.Class] || r.Over
	}
	if strange := Unlikeness(m, s); over[""] || strange != nil && strange.Over {
		delete(over, appliance.Benign)
	}
	for _, class := range m.Hierarchy {
		if over[class] {
			set = append(set, class)
		}
	}
	if len(set) == 0 {
		return results, nil, "", false
	}
	return results, set, set[0], true
}

// Unlikeness scores how unlike the model's own pictures this one is, by the manifest's out-of-distribution rule; nil without one.
// A rule or scores that make no sense are over the limit: the pack's check and Probabilities refuse them long before.
func Unlikeness(m *pack.Manifest, s Scores) *appliance.Score {
	d := m.Output.Distribution
	if d == nil {
		return nil
	}
	score := appliance.Score{Value: 1, Limit: d.Limit, Over: true}
	switch {
	case d.Method == pack.FeatureResidual:
		score.Value = pack.MaxUnlikeness
		if s.Unlikeness != nil && *s.Unlikeness <= pack.MaxUnlikeness { // NaN is not
			score.Value = *s.Unlikeness
		}
		score.Over = !(score.Value <= d.Limit)
	case d.Method == pack.MaxProbability && len(s.Probabilities) > 0:
		score.Value = 1 - slices.Max(s.Probabilities)
		score.Over = !(score.Value <= d.Limit) // NaN is over
		if math.IsNaN(score.Value) {
			score.Value = 1 // JSON has no NaN
		}
	}
	return &score
}
