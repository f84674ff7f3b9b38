package evaluate

import (
	"cmp"
	"slices"
	"strings"

	"dermbox/camera/quality/degrade"
)

// Schema names the JSON of a report.
const Schema = "dermbox.quality-evaluation/1"

// Report is every figure of an evaluation.
type Report struct {
	Schema string  `json:"schema"`
	Groups []Group `json:"groups"`
}

// Group is the figures of one group of pictures.
type Group struct {
	Name    string `json:"name"`    // Photographs, Light or Dark
	Profile string `json:"profile"` // "public-256/3"
	Listed  bool   `json:"listed"`  // the photographs of the exclusion list are among them
	N       int    `json:"n"`       // pictures
	Aims    Aims   `json:"aims"`
	Lines   []Line `json:"lines"`
}

// Aims are the figures that the gate was built for. Each kind of fault weighs the same, however many directions it is done in.
type Aims struct {
	Good   Share   `json:"good"`   // originals that pass
	Medium float64 `json:"medium"` // share of medium faults that are refused for the right reason, 0 to 1
	Strong float64 `json:"strong"` // of strong faults
}

// Line is one fault of one strength.
type Line struct {
	Task
	Passed  Share              `json:"passed"`
	Right   Share              `json:"right"`           // refused, and a right reason is said first
	Named   Share              `json:"named"`           // refused, and a right reason is among what failed
	Skipped int                `json:"skipped"`         // pictures that could not be spoilt so
	Medians map[string]float64 `json:"medians"`         // of each check's values
	First   map[string]int     `json:"first,omitempty"` // how often each reason was said first
}

// Refused is the share that did not pass.
func (l Line) Refused() Share { return Share{K: l.Passed.N - l.Passed.K, N: l.Passed.N} }

// Add counts outcomes under one profile: each group by itself, the photographs once without those of the exclusion list and once with
// them.
func (r *Report) Add(profile string, outcomes []Outcome) {
	r.Schema = Schema
	for _, name := range []string{Photographs, Light, Dark} {
		of := pick(outcomes, func(o Outcome) bool { return o.Group == name })
		good := pick(of, func(o Outcome) bool { return !o.Excluded })
		if len(good) > 0 {
			r.Groups = append(r.Groups, count(name, profile, false, good))
		}
		if len(good) < len(of) {
			r.Groups = append(r.Groups, count(name, profile, true, of))
		}
	}
}

func pick(list []Outcome, keep func(Outcome) bool) []Outcome {
	return slices.DeleteFunc(slices.Clone(list), func(o Outcome) bool { return !keep(o) })
}

func count(name, profile string, listed bool, list []Outcome) Group {
	g := Group{Name: name, Profile: profile, Listed: listed}
	at := map[Task]int{}
	values := map[Task]map[string][]float64{}
	for _, o := range list {
		i, has := at[o.Task]
		if !has {
			i, at[o.Task] = len(g.Lines), len(g.Lines)
			g.Lines = append(g.Lines, Line{Task: o.Task, First: map[string]int{}})
			values[o.Task] = map[string][]float64{}
		}
		g.Lines[i].add(o)
		for name, v := range o.Values {
			values[o.Task][name] = append(values[o.Task][name], v)
		}
	}
	for i := range g.Lines {
		g.Lines[i].Medians = medians(values[g.Lines[i].Task])
	}
	if i, has := at[Task{Kind: degrade.Original}]; has {
		g.N, g.Aims.Good = g.Lines[i].Passed.N, g.Lines[i].Passed
	}
	g.Aims.Medium, g.Aims.Strong = g.mean(Medium), g.mean(Strong)
	return g
}

func (l *Line) add(o Outcome) {
	if o.Skipped != "" {
		l.Skipped++
		return
	}
	l.Passed.Add(o.Passed)
	l.Right.Add(o.Said)
	l.Named.Add(o.Named)
	if o.First != "" {
		l.First[o.First]++
	}
}

// mean gives the mean over the kinds of the share that is refused for the right reason at a step.
func (g Group) mean(step Step) float64 {
	sum, n := 0.0, 0.0
	for _, kind := range degrade.Kinds() {
		if s := g.Kind(kind, step); s.N > 0 {
			sum, n = sum+s.Value(), n+1
		}
	}
	return sum / max(1, n)
}

// Kind gives the share of a kind at a step that is refused for the right reason, in all its directions together.
func (g Group) Kind(kind degrade.Kind, step Step) (s Share) {
	for _, l := range g.Lines {
		if l.Kind == kind && l.Step == step {
			s.K, s.N = s.K+l.Right.K, s.N+l.Right.N
		}
	}
	return s
}

func medians(values map[string][]float64) map[string]float64 {
	out := make(map[string]float64, len(values))
	for name, list := range values {
		slices.Sort(list)
		out[name] = (list[(len(list)-1)/2] + list[len(list)/2]) / 2
	}
	return out
}

// Wrong is a reason that was said first and is not right, and how often.
type Wrong struct {
	Reason string
	N      int
}

// Wrong lists the reasons that were said first and are not right, the most frequent first.
func (l Line) Wrong() (list []Wrong) {
	row, _ := Strength(l.Kind)
	for said, n := range l.First {
		check, end, _ := strings.Cut(said, ".")
		right := slices.ContainsFunc(row.Reasons, func(r Reason) bool { return r.Check == check && (r.End == "" || r.End == end) })
		if !right {
			list = append(list, Wrong{said, n})
		}
	}
	slices.SortFunc(list, func(a, b Wrong) int { return cmp.Or(b.N-a.N, strings.Compare(a.Reason, b.Reason)) })
	return list
}
