package evaluate

import (
	"slices"
	"strings"

	"dermbox/inference/pack"
)

// The columns that pictures can be grouped by.
const (
	ByAge      = "age"
	BySex      = "sex"
	BySkinType = "skin_type"
)

// Group is the pictures by one column.
type Group struct {
	By    string `json:"by"` // ByAge, BySex or BySkinType
	Parts []Part `json:"parts"`
}

// Part is the pictures with one value in a column.
type Part struct {
	Value       string   `json:"value"` // an age band, or what the column says; Unknown
	N           int      `json:"n"`
	Withheld    string   `json:"withheld,omitempty"` // Few: then there are no figures
	Labels      []Label  `json:"labels,omitempty"`
	Flagged     *Flagged `json:"flagged,omitempty"`
	CannotJudge *Rate    `json:"cannot_judge,omitempty"`
}

// Ages are the bands, in years.
var ages = []struct {
	to   int // the last year
	name string
}{{17, "0-17"}, {29, "18-29"}, {44, "30-44"}, {59, "45-59"}, {74, "60-74"}, {130, "75+"}}

// AgeBand gives the band of an age in years, 0 to 130.
func AgeBand(years int) string {
	for _, a := range ages {
		if years <= a.to {
			return a.name
		}
	}
	return Unknown
}

// GroupBy adds the figures of each value of a column.
func (r *Report) GroupBy(by string) {
	parts := map[string][]judged{}
	for _, j := range r.list {
		value := map[string]string{ByAge: j.Age, BySex: j.Sex, BySkinType: j.SkinType}[by]
		parts[value] = append(parts[value], j)
	}
	g := Group{By: by, Parts: []Part{}}
	for _, value := range sortedValues(parts) {
		g.Parts = append(g.Parts, part(r.m, r.Bootstrap, by, value, parts[value]))
	}
	r.Groups = append(r.Groups, g)
}

// sortedValues puts what is not known last.
func sortedValues(parts map[string][]judged) []string {
	values := make([]string, 0, len(parts))
	for v := range parts {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int {
		if (a == Unknown) != (b == Unknown) {
			if a == Unknown {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
	return values
}

func part(m *pack.Manifest, b Bootstrap, by, value string, list []judged) Part {
	p := Part{Value: value, N: len(list)}
	if len(list) < MinGroup {
		p.Withheld = Few
		return p
	}
	f, u := flagged(m, list), unjudged(m, list).All
	p.Labels, p.Flagged, p.CannotJudge = labels(m, b, by+"/"+value+"/", list), &f, &u
	return p
}
