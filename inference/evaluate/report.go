package evaluate

import (
	"slices"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// Schema names the JSON of a report.
const Schema = "dermbox.evaluation/1"

// Report is every figure of an evaluation.
type Report struct {
	Schema      string                    `json:"schema"`
	Notice      string                    `json:"notice,omitempty"` // what stands beside every figure of a model that is not approved
	Model       Model                     `json:"model"`
	Optics      appliance.OpticsID        `json:"optics"`
	Rules       Rules                     `json:"rules"` // that routed
	Set         Set                       `json:"set"`
	Bootstrap   Bootstrap                 `json:"bootstrap"`
	Labels      []Label                   `json:"labels"` // in the model's order
	Flagged     Flagged                   `json:"flagged"`
	CannotJudge Unjudged                  `json:"cannot_judge"`
	Confusion   map[string]map[string]int `json:"confusion"` // truth -> most severe class, or CannotJudge -> pictures
	Calibration Calibration               `json:"calibration"`
	Routes      []Routes                  `json:"routes"` // one for each pathway that the pack may be used in
	Groups      []Group                   `json:"groups"` // empty without such columns
	Timing      Timing                    `json:"timing"`

	list []judged
	m    *pack.Manifest
}

// Model says which model was judged.
type Model struct {
	ID      string      `json:"id"`
	Version int         `json:"version"`
	Digest  string      `json:"digest"`
	Status  pack.Status `json:"status"`
	Engine  string      `json:"engine"`
}

// Rules names the rules that routed.
type Rules struct {
	Version string `json:"version"`
	Digest  string `json:"digest"`
	From    string `json:"from"` // "box", "file", or "default" for those that dermbox comes with
}

// Set is the pictures.
type Set struct {
	Split   string         `json:"split"`  // "" for all rows
	Rows    int            `json:"rows"`   // of the list, or of the split
	Judged  int            `json:"judged"` // pictures that every figure is of
	Truth   map[string]int `json:"truth"`  // of those, by label
	Left    map[string]int `json:"left"`   // rows that are left out, by reason
	LeftOut []LeftOut      `json:"left_out"`
	Blanked []LeftOut      `json:"blanked"` // values of age, sex or skin_type that make no sense and count as not given
}

// LeftOut is a row, or one of its values, that counts for nothing.
type LeftOut struct {
	Line     int    `json:"line"` // of the CSV, from 1
	ImageID  string `json:"image_id"`
	Reason   string `json:"reason"`
	Field    string `json:"field"`
	Value    string `json:"value"`
	Sentence string `json:"sentence"` // with the remedy
}

// Label is how well one label is told from the rest.
type Label struct {
	Label       string          `json:"label"`
	Class       appliance.Class `json:"class"` // "" for none
	Threshold   float64         `json:"threshold"`
	AUC         Estimate        `json:"auc"`
	Sensitivity Rate            `json:"sensitivity"` // of its own pictures, those over its threshold
	Specificity Rate            `json:"specificity"` // of the others, those that are not

	curve []Point
	band  Band
}

// Flagged is the question that decides in the clinic: is a class worse than benign in the set?
type Flagged struct {
	Sensitivity  Rate            `json:"sensitivity"`   // of pictures whose label is of a class worse than benign, those flagged
	Specificity  Rate            `json:"specificity"`   // of the others, those that are not
	CalledBenign Rate            `json:"called_benign"` // of pictures of a class worse than benign, those whose most severe class is BENIGN
	ByTruth      map[string]Rate `json:"by_truth"`      // label -> flagged
}

// Unjudged is how often the model cannot judge.
type Unjudged struct {
	All     Rate            `json:"all"`              // the set is empty
	ByTruth map[string]Rate `json:"by_truth"`         // label -> the set is empty
	Unlike  *Rate           `json:"unlike,omitempty"` // over the pack's limit of unlikeness, whatever else was said; absent without such a rule
	Method  string          `json:"method,omitempty"` // of the unlikeness
	Limit   float64         `json:"limit,omitempty"`  // of the unlikeness
	Truths  map[string]Rate `json:"unlike_by_truth,omitempty"`
}

// Routes is where lesions would go in one pathway.
type Routes struct {
	Pathway appliance.Pathway                  `json:"pathway"`
	N       int                                `json:"n"`
	Routes  map[appliance.Route]int            `json:"routes"`
	ByTruth map[string]map[appliance.Route]int `json:"by_truth"`
	Hits    map[string]int                     `json:"hits"` // rule -> pictures that it hit
}

// Timing is how long a judgement took, from the file's bytes to the probabilities, with Workers side by side.
type Timing struct {
	N       int     `json:"n"`
	MeanMS  float64 `json:"mean_ms"`
	P50MS   float64 `json:"p50_ms"`
	P95MS   float64 `json:"p95_ms"`
	Workers int     `json:"workers"`
}

// New counts judged pictures; each has a label of the manifest for its truth and as many probabilities as there are labels. Of the report, what is not
// counted from them is the caller's to fill in: Notice, Model but its engine, Optics, Rules, Set but Judged and Truth, Timing's Workers.
func New(m *pack.Manifest, b Bootstrap, pictures []Picture) Report {
	b.Method, b.Level = "stratified percentile", 0.95
	r := Report{Schema: Schema, Bootstrap: b, Confusion: map[string]map[string]int{}, Groups: []Group{}, m: m,
		Set: Set{Judged: len(pictures), Truth: map[string]int{}, Left: map[string]int{}, LeftOut: []LeftOut{}, Blanked: []LeftOut{}}}
	for _, label := range m.Output.Labels {
		r.Set.Truth[label] = 0
	}
	for _, p := range pictures {
		j := read(m, p)
		r.list = append(r.list, j)
		r.Set.Truth[p.Truth]++
		r.Model.Engine = p.Scores.Model.Engine
		if r.Confusion[p.Truth] == nil {
			r.Confusion[p.Truth] = map[string]int{}
		}
		r.Confusion[p.Truth][j.class]++
	}
	r.Labels = labels(m, b, "", r.list)
	r.Flagged, r.CannotJudge = flagged(m, r.list), unjudged(m, r.list)
	r.Calibration = calibration(m, b, r.list)
	r.Routes, r.Timing = routes(m, r.list), timing(r.list)
	return r
}

// labels gives the figures of every label; group goes into the name that chance numbers are made of, "" for all pictures, which alone get curves.
func labels(m *pack.Manifest, b Bootstrap, group string, list []judged) []Label {
	out := []Label{}
	for i, name := range m.Output.Labels {
		own := pick(list, func(j judged) bool { return j.position == i })
		rest := pick(list, func(j judged) bool { return j.position != i })
		with, without := scores(own, i), scores(rest, i)
		c := m.Output.Classes[name]
		l := Label{Label: name, Class: c.Class, Threshold: c.Threshold,
			Sensitivity: newRate(own, func(j judged) bool { return j.over[i] }), Specificity: newRate(rest, func(j judged) bool { return !j.over[i] })}
		band := &l.band
		if group != "" {
			band = nil
		}
		if l.AUC = b.auc(group+"auc/"+name, with, without, band); l.AUC.Value != nil && group == "" {
			l.curve = ROC(with, without)
		}
		out = append(out, l)
	}
	return out
}

func scores(list []judged, label int) []float64 {
	out := make([]float64, len(list))
	for i, j := range list {
		out[i] = j.Scores.Probabilities[label]
	}
	return out
}

func flagged(m *pack.Manifest, list []judged) Flagged {
	suspect := pick(list, func(j judged) bool { return j.suspect })
	rest := pick(list, func(j judged) bool { return !j.suspect })
	is := func(j judged) bool { return j.flagged }
	return Flagged{Sensitivity: newRate(suspect, is), Specificity: newRate(rest, func(j judged) bool { return !j.flagged }),
		CalledBenign: newRate(suspect, func(j judged) bool { return j.class == string(appliance.Benign) }), ByTruth: byTruth(m, list, is)}
}

func byTruth(m *pack.Manifest, list []judged, is func(judged) bool) map[string]Rate {
	out := map[string]Rate{}
	for i, label := range m.Output.Labels {
		out[label] = newRate(pick(list, func(j judged) bool { return j.position == i }), is)
	}
	return out
}

func unjudged(m *pack.Manifest, list []judged) Unjudged {
	empty := func(j judged) bool { return j.class == CannotJudge }
	u := Unjudged{All: newRate(list, empty), ByTruth: byTruth(m, list, empty)}
	if d := m.Output.Distribution; d != nil {
		unlike := func(j judged) bool { return j.strange != nil && j.strange.Over }
		rate := newRate(list, unlike)
		u.Unlike, u.Truths, u.Method, u.Limit = &rate, byTruth(m, list, unlike), d.Method, d.Limit
	}
	return u
}

func routes(m *pack.Manifest, list []judged) []Routes {
	out := []Routes{}
	for _, p := range m.Pathways {
		r := Routes{Pathway: p, Routes: map[appliance.Route]int{}, ByTruth: map[string]map[appliance.Route]int{}, Hits: map[string]int{}}
		for _, j := range list {
			for _, routed := range j.Routes {
				if routed.Pathway == p {
					r.add(j.Truth, routed)
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func (r *Routes) add(truth string, routed Routed) {
	r.N++
	r.Routes[routed.Route]++
	if r.ByTruth[truth] == nil {
		r.ByTruth[truth] = map[appliance.Route]int{}
	}
	r.ByTruth[truth][routed.Route]++
	for _, rule := range routed.Rules {
		r.Hits[rule]++
	}
}

func timing(list []judged) Timing {
	if len(list) == 0 {
		return Timing{}
	}
	took, sum := make([]float64, len(list)), 0.0
	for i, j := range list {
		took[i] = j.Scores.TookMS
		sum += took[i]
	}
	slices.Sort(took)
	return Timing{N: len(took), MeanMS: sum / float64(len(took)), P50MS: Quantile(took, 0.5), P95MS: Quantile(took, 0.95)}
}
