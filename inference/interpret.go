package inference

import (
	"slices"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// Interpret reads scores against the manifest's thresholds (domain 1.10). It gives every label's result in the model's
// order, the set of classes over their thresholds with the most severe first, and the most severe one. ok is false when
// the set is empty or the scores do not fit the manifest: the model cannot judge this picture.
//
// A label without a class ("none of what I know") over its threshold takes Benign out of the set, because a picture that
// shows nothing known is not known to be harmless; it never takes out anything worse.
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
	if over[""] {
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
