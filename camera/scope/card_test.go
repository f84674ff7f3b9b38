package scope_test

import (
	"bytes"
	"image"
	"math"
	"testing"

	"dermbox/camera/scope"
)

// A seed turns the card and sets the scale; what it reads as is tested with the judge (package opencv).
func TestCardIsDrawn(t *testing.T) {
	seen := map[float64]bool{}
	for seed := range int64(6) {
		s := scope.Subject{Kind: scope.Card, Seed: seed}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(scope.Draw(s, 480, side).Pix, scope.Draw(s, 480, side).Pix) {
			t.Errorf("seed %d: two drawings differ", seed)
		}
		mm := scope.MMPerPX(s, side)
		if across := side * mm; across < scope.FieldMM/0.96 || across > scope.FieldMM/0.94 {
			t.Errorf("seed %d: the picture's height is %.2f mm", seed, across)
		}
		if full := scope.MMPerPX(s, 4*side); math.Abs(full*4/mm-1) > 1e-9 {
			t.Errorf("seed %d: %g mm/px at four times the size, %g here", seed, full, mm)
		}
		seen[mm] = true
	}
	if len(seen) != 6 {
		t.Errorf("six seeds gave %d scales", len(seen))
	}
}

// catcher keeps the picture that it should encode.
type catcher struct{ img *image.RGBA }

func (c *catcher) Encode(img *image.RGBA, _ int) ([]byte, error) {
	c.img = img
	return nil, nil
}

// A warm lamp makes the card's grey warm; colours that run into one another leave grey alone and make colours greyer.
func TestErrorsOfColour(t *testing.T) {
	s := scope.Subject{Kind: scope.Card, Seed: 1}
	tint := func(fault scope.Fault) (warmth, colourful float64) {
		var c catcher
		if _, err := scope.Photograph(&c, s, fault); err != nil {
			t.Fatal(err)
		}
		n := 0.0
		for y := 300; y < 780; y += 4 {
			for x := 720; x < 1200; x += 4 {
				p := c.img.RGBAAt(x, y)
				warmth += float64(p.R) - float64(p.B)
				colourful += float64(max(p.R, p.G, p.B)) - float64(min(p.R, p.G, p.B))
				n++
			}
		}
		return warmth / n, colourful / n
	}
	warmth, colourful := tint(scope.FaultNone)
	if w, _ := tint(scope.FaultCast); w < warmth+20 {
		t.Errorf("cast: red over blue %.0f, without %.0f", w, warmth)
	}
	if _, c := tint(scope.FaultMixed); c > 0.7*colourful {
		t.Errorf("mixed: colours spread %.0f, without %.0f", c, colourful)
	}
}
