package evaluate

import (
	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// Case is one drawing that was judged.
type Case struct {
	Truth  string // the picture's label
	Group  string // what else to break figures down by, for example "tone 5"; "" for nothing
	Scores inference.Scores
}

// Summary is what came of drawings: the short form that a model card of drawings holds. Report is the whole one.
type Summary struct {
	Cases   int                       `json:"cases"`
	AUC     map[string]float64        `json:"auc"`     // label -> against all other labels
	Verdict map[string]map[string]int `json:"verdict"` // truth -> most severe class or CannotJudge -> pictures
	Groups  map[string]Drawn          `json:"groups,omitempty"`
	Engine  string                    `json:"engine"`  // what ran the model
	MeanMS  float64                   `json:"mean_ms"` // of a judgement, preparation and pipe included
}

// Drawn is a part of the drawings.
type Drawn struct {
	Cases   int                       `json:"cases"`
	AUC     map[string]float64        `json:"auc"`
	Verdict map[string]map[string]int `json:"verdict"`
}

// Summarise counts judged cases by the manifest's thresholds.
func Summarise(m *pack.Manifest, cases []Case) Summary {
	r := Summary{Cases: len(cases), AUC: aucs(m, cases), Verdict: verdicts(m, cases), Groups: map[string]Drawn{}}
	groups := map[string][]Case{}
	for _, c := range cases {
		r.Engine = c.Scores.Model.Engine
		r.MeanMS += c.Scores.TookMS / float64(len(cases))
		if c.Group != "" {
			groups[c.Group] = append(groups[c.Group], c)
		}
	}
	for name, part := range groups {
		r.Groups[name] = Drawn{Cases: len(part), AUC: aucs(m, part), Verdict: verdicts(m, part)}
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
