package evaluate

import (
	"slices"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// CannotJudge stands for the empty set of classes.
const CannotJudge = "cannot_judge"

// Unknown stands for what the list of pictures does not say of one.
const Unknown = "unknown"

// Picture is one picture that was judged, and what its list says of it.
type Picture struct {
	ID       string // of the list
	Truth    string // a label of the pack
	Age      string // a band of Ages, or Unknown
	Sex      string // "female", "male", "other" or Unknown
	SkinType string // "I" to "VI", or Unknown
	Scores   inference.Scores
	Routes   []Routed // one for each pathway of the pack, in the pack's order
}

// Routed is where a picture's lesion would go in a pathway.
type Routed struct {
	Pathway appliance.Pathway
	Route   appliance.Route
	Rules   []string // that hit, in the order of the rule file
}

// judged is a picture whose scores were read.
type judged struct {
	Picture
	over     []bool            // each label, in the model's order
	set      []appliance.Class // most severe first
	class    string            // most severe, or CannotJudge
	strange  *appliance.Score
	flagged  bool // a class worse than benign is in the set
	suspect  bool // the truth is a class worse than benign
	position int  // of the truth among the labels
}

func read(m *pack.Manifest, p Picture) judged {
	results, set, class, ok := inference.Interpret(m, p.Scores)
	j := judged{Picture: p, set: set, class: string(class), strange: inference.Unlikeness(m, p.Scores), position: slices.Index(m.Output.Labels, p.Truth)}
	if !ok {
		j.class = CannotJudge
	}
	for _, r := range results {
		j.over = append(j.over, r.Over)
	}
	j.flagged = slices.ContainsFunc(set, worse)
	j.suspect = worse(m.Output.Classes[p.Truth].Class)
	return j
}

// worse says whether a class is worse than benign; no class is not.
func worse(c appliance.Class) bool { return c != "" && c != appliance.Benign }

func pick[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !keep(v) })
}
