// Package evaluate measures how well a model tells labelled pictures apart: area under the ROC curve for each class
// against the rest, and what the thresholds made of each picture.
package evaluate

import (
	"slices"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// CannotJudge stands for the empty set of classes in a Report.
const CannotJudge = "cannot_judge"

// Case is one picture that was judged.
type Case struct {
	Truth  string // the picture's label
	Group  string // what else to break figures down by, for example "tone 5"; "" for nothing
	Scores inference.Scores
}

// Report is what came of a set of pictures.
type Report struct {
	Cases   int                       `json:"cases"`
	AUC     map[string]float64        `json:"auc"`     // label -> against all other labels
	Verdict map[string]map[string]int `json:"verdict"` // truth -> most severe class or CannotJudge -> pictures
	Groups  map[string]Group          `json:"groups,omitempty"`
	Engine  string                    `json:"engine"`  // what ran the model
	MeanMS  float64                   `json:"mean_ms"` // of a judgement, preparation and pipe included
}

// Group is a part of the pictures.
type Group struct {
	Cases   int                       `json:"cases"`
	AUC     map[string]float64        `json:"auc"`
	Verdict map[string]map[string]int `json:"verdict"`
}

// Summarise makes the report of judged cases by the manifest's thresholds.
func Summarise(m *pack.Manifest, cases []Case) Report {
	r := Report{Cases: len(cases), AUC: aucs(m, cases), Verdict: verdicts(m, cases), Groups: map[string]Group{}}
	groups := map[string][]Case{}
	for _, c := range cases {
		r.Engine = c.Scores.Model.Engine
		r.MeanMS += c.Scores.TookMS / float64(len(cases))
		if c.Group != "" {
			groups[c.Group] = append(groups[c.Group], c)
		}
	}
	for name, part := range groups {
		r.Groups[name] = Group{Cases: len(part), AUC: aucs(m, part), Verdict: verdicts(m, part)}
	}
	return r
}

func aucs(m *pack.Manifest, cases []Case) map[string]float64 {
	out := map[string]float64{}
	for i, label := range m.Output.Labels {
		var with, without []float64
		for _, c := range cases {
			if p := c.Scores.Probabilities[i]; c.Truth == label {
				with = append(with, p)
			} else {
				without = append(without, p)
			}
		}
		if len(with) > 0 && len(without) > 0 {
			out[label] = AUC(with, without)
		}
	}
	return out
}

// AUC gives the area under the ROC curve: the chance that a value of with lies above one of without, a tie counting half
// (the Mann-Whitney statistic over its maximum). Neither may be empty.
func AUC(with, without []float64) float64 {
	without = slices.Sorted(slices.Values(without))
	wins := 0.0
	for _, p := range with {
		below, _ := slices.BinarySearch(without, p)
		above := below
		for above < len(without) && without[above] == p {
			above++
		}
		wins += float64(below) + float64(above-below)/2
	}
	return wins / float64(len(with)*len(without))
}

func verdicts(m *pack.Manifest, cases []Case) map[string]map[string]int {
	out := map[string]map[string]int{}
	for _, c := range cases {
		_, _, class, ok := inference.Interpret(m, c.Scores)
		if !ok {
			class = appliance.Class(CannotJudge)
		}
		if out[c.Truth] == nil {
			out[c.Truth] = map[string]int{}
		}
		out[c.Truth][string(class)]++
	}
	return out
}
