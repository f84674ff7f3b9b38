// Package qualitytest makes metrics for tests, from profiles: a limit that moves breaks no test of something else.
package qualitytest

import (
	"math"
	"os"
	"testing"

	"dermbox/camera/quality"
)

// Load reads a profile of the repository that is not signed yet.
func Load(t testing.TB, path string) *quality.Profile {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := quality.ParseProfile(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Good gives metrics that lie well within each limit of a profile.
func Good(p *quality.Profile) quality.Metrics {
	m := quality.Metrics{Width: 1920, Height: 1080, Values: map[string]float64{}}
	m.Field = quality.Field{Shape: quality.ShapeDisc, X: 960, Y: 540, Size: 1000}
	for _, l := range p.Limits {
		switch v := within(l); l.Name {
		case quality.ImagePX, quality.Twin:
		case quality.Cast:
			skin := p.Skin[0]
			m.Skin = &skin
		case quality.FieldPX:
			m.Field.Size = math.Round(v)
		default:
			m.Values[l.Name] = v
		}
	}
	return m
}

// within gives a value well inside a limit.
func within(l quality.Limit) float64 {
	switch {
	case l.Max == nil:
		return *l.Min + max(1, math.Abs(*l.Min)/2)
	case l.Min == nil:
		return *l.Max / 2
	default:
		return (*l.Min + *l.Max) / 2
	}
}

// Poor gives metrics like Good's, but for one check that fails at its lower end or, without one, its upper end.
func Poor(p *quality.Profile, name string) quality.Metrics {
	m := Good(p)
	for _, l := range p.Limits {
		switch {
		case l.Name != name:
		case l.Min != nil:
			m.Values[name] = *l.Min - max(0.01, math.Abs(*l.Min)/2)
		default:
			m.Values[name] = *l.Max + max(0.01, math.Abs(*l.Max)/2)
		}
	}
	return m
}
