package scope_test

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/scope"
)

const side = 270

func luma(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 257
}

// mean gives the mean luma of a square around a point of the picture.
func mean(img *image.RGBA, x, y, half int) float64 {
	sum, n := 0.0, 0.0
	for dy := -half; dy <= half; dy++ {
		for dx := -half; dx <= half; dx++ {
			sum, n = sum+luma(img.At(x+dx, y+dy)), n+1
		}
	}
	return sum / n
}

func TestTheSameSubjectGivesTheSameDrawing(t *testing.T) {
	for _, kind := range append(scope.Lesions(), scope.Empty) {
		s := scope.Subject{Kind: kind, Tone: 3, Seed: 42, Hair: true, Ruler: true}
		a, b := scope.Draw(s, 480, side), scope.Draw(s, 480, side)
		if !bytes.Equal(a.Pix, b.Pix) {
			t.Errorf("%s: two drawings differ", kind)
		}
		s.Seed++
		if c := scope.Draw(s, 480, side); bytes.Equal(a.Pix, c.Pix) {
			t.Errorf("%s: another seed gives the same drawing", kind)
		}
	}
}

func TestDrawingsAreALitDiscOnBlack(t *testing.T) {
	for tone := 1; tone <= 6; tone++ {
		img := scope.Draw(scope.Subject{Kind: scope.Empty, Tone: tone, Seed: int64(tone)}, 480, side)
		if !img.Opaque() {
			t.Errorf("tone %d: not opaque", tone)
		}
		if got := mean(img, 240, side/2, 20); got < 60 || got > 215 {
			t.Errorf("tone %d: middle has luma %.0f", tone, got)
		}
		for _, at := range []image.Point{{30, 30}, {450, 30}, {30, 240}, {450, 240}, {110, 10}, {370, 260}} {
			if got := luma(img.At(at.X, at.Y)); got > 8 {
				t.Errorf("tone %d: %v outside the disc has luma %.0f", tone, at, got)
			}
		}
	}
}

func TestTonesDarkenInOrder(t *testing.T) {
	last := 256.0
	for tone := 1; tone <= 6; tone++ {
		sum := 0.0
		for seed := range int64(4) {
			sum += mean(scope.Draw(scope.Subject{Kind: scope.Empty, Tone: tone, Seed: seed}, 480, side), 240, side/2, 60) / 4
		}
		if sum >= last {
			t.Errorf("tone %d has luma %.0f, the one before %.0f", tone, sum, last)
		}
		last = sum
	}
}

func TestLesionsAreDarkerThanTheirSkin(t *testing.T) {
	for _, kind := range scope.Lesions() {
		for seed := range int64(8) {
			s := scope.Subject{Kind: kind, Tone: 2, Seed: seed}
			img := scope.Draw(s, 480, side)
			darkest := math.Inf(1)
			for y := 75; y < 200; y += 5 {
				for x := 180; x < 300; x += 5 {
					darkest = min(darkest, mean(img, x, y, 4))
				}
			}
			if skin := mean(img, 240, 20, 4); darkest > skin*0.8 {
				t.Errorf("%s %d: skin %.0f, darkest %.0f", kind, seed, skin, darkest)
			}
		}
	}
}

func TestHairAndRulerLeaveTheLesionInPlace(t *testing.T) {
	plain := scope.Draw(scope.Subject{Kind: scope.Naevus, Tone: 2, Seed: 3}, 480, side)
	full := scope.Draw(scope.Subject{Kind: scope.Naevus, Tone: 2, Seed: 3, Hair: true, Ruler: true}, 480, side)
	same, differ := 0, 0
	for i := 0; i < len(plain.Pix); i += 4 {
		if bytes.Equal(plain.Pix[i:i+4], full.Pix[i:i+4]) {
			same++
		} else {
			differ++
		}
	}
	if differ == 0 || differ > same/8 {
		t.Fatalf("%d pixels differ, %d are the same", differ, same)
	}
}

func TestRandomIsFairAcrossKinds(t *testing.T) {
	for _, kind := range scope.Lesions() {
		var tones [7]int
		hair, ruler := 0, 0
		for seed := range int64(600) {
			s := scope.Random(kind, seed)
			if err := s.Check(); err != nil || s != scope.Random(kind, seed) {
				t.Fatalf("%+v: %v", s, err)
			}
			tones[s.Tone]++
			if s.Hair {
				hair++
			}
			if s.Ruler {
				ruler++
			}
		}
		for tone := 1; tone <= 6; tone++ {
			if tones[tone] < 60 || tones[tone] > 140 {
				t.Errorf("%s: tone %d %d times in 600", kind, tone, tones[tone])
			}
		}
		if hair < 140 || hair > 260 || ruler < 140 || ruler > 260 {
			t.Errorf("%s: hair %d, ruler %d times in 600", kind, hair, ruler)
		}
	}
}

func TestImpossibleSubjectsAreRefused(t *testing.T) {
	for _, s := range []scope.Subject{{}, {Kind: "bcc", Tone: 1}, {Kind: scope.Naevus}, {Kind: scope.Naevus, Tone: 7}, {Kind: "\x1b[2J", Tone: 1}} {
		if err := s.Check(); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%+v: %v", s, err)
		}
	}
	if err := scope.Fault("fire").Check(); appliance.CodeOf(err) != appliance.Invalid {
		t.Error(err)
	}
}

func BenchmarkDraw(b *testing.B) {
	for b.Loop() {
		scope.Draw(scope.Subject{Kind: scope.Melanoma, Tone: 3, Seed: 1, Hair: true}, scope.Width, scope.Height)
	}
}
