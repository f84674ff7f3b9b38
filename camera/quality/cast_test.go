package quality_test

import (
	"math"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
)

var usual = []colour.Lab{{L: 70, A: 12, B: 16}, {L: 40, A: 16, B: 20}}

// lit gives a colour under light of other gains.
func lit(c colour.Lab, gains [3]float64) colour.Lab { return c.XYZ().Linear().Times(gains).XYZ().Lab() }

func TestCastOf(t *testing.T) {
	one := [3]float64{1, 1, 1}
	blue := [3]float64{0.8, 1, 1.25}
	for name, tt := range map[string]struct {
		skin     colour.Lab
		gains    [3]float64
		ev       float64
		min, max float64
	}{
		"usual":                   {usual[0], one, 0.5, 0, 1e-6},
		"usual and dark":          {usual[1], one, 0.5, 0, 1e-6},
		"brighter within":         {lit(usual[0], [3]float64{1.2, 1.2, 1.2}), one, 0.5, 0, 1e-6},
		"brighter than allowed":   {lit(usual[0], [3]float64{1.2, 1.2, 1.2}), one, 0, 3, 10},
		"cast":                    {lit(usual[0], blue), one, 0.5, 7, 30},
		"cast, then white is set": {lit(usual[0], blue), [3]float64{1 / 0.8, 1, 1 / 1.25}, 0.5, 0, 1e-6},
		"wrong white set":         {usual[0], [3]float64{0.8, 1, 1.25}, 0.5, 7, 30},
	} {
		got, ok := quality.CastOf(tt.skin, tt.gains, usual, tt.ev)
		if !ok || got < tt.min || got > tt.max {
			t.Errorf("%s: %g, %v", name, got, ok)
		}
	}
	for name, skin := range map[string]colour.Lab{"black": {}, "no usual colours": usual[0]} {
		list := usual
		if name != "black" {
			list = nil
		}
		if got, ok := quality.CastOf(skin, one, list, 0.5); ok || math.IsNaN(got) {
			t.Errorf("%s: %g", name, got)
		}
	}
}

// The card's gains are applied before the comparison.
func TestGainsOfTheCardMendACast(t *testing.T) {
	p, m := load(t, "scope-1080"), good()
	m.Skin = &colour.Lab{L: 67, A: 4, B: -10}
	if v := quality.Judge(p, m); v.Pass {
		t.Fatal("blue skin passes")
	}
	seen, want := m.Skin.XYZ().Linear(), good().Skin.XYZ().Linear()
	m.Gains = &[3]float64{want[0] / seen[0], want[1] / seen[1], want[2] / seen[2]}
	if v := quality.Judge(p, m); !v.Pass {
		t.Fatalf("%+v", v)
	}
}
