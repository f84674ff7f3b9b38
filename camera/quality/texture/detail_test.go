package texture_test

import (
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/texture"
)

func detail(t *testing.T, pix []float64) texture.Detail {
	t.Helper()
	d, ok := texture.Measure(levels(pix), size, size, whole)
	if !ok {
		t.Fatal("not measured")
	}
	return d
}

// The limits of these tests lie where those of the profiles do.
const (
	sharp = 0.17
	still = 0.35
)

func TestFocusAndMotion(t *testing.T) {
	for seed := range uint64(3) {
		pix := skin(seed)
		for name, tt := range map[string]struct {
			pix           []float64
			sharp, steady bool
		}{
			"as drawn":            {pix, true, true},
			"noise":               {noisy(pix, 3, seed), true, true},
			"blurred":             {blurred(pix, 1.5), false, true},
			"blurred much":        {blurred(pix, 3), false, true},
			"blurred, with noise": {noisy(blurred(pix, 1.5), 4, seed), false, true},
			"blurred, much noise": {noisy(blurred(pix, 3), 8, seed), false, true},
			"moved across":        {moved(pix, 6, 1, 0), false, false},
			"moved down":          {moved(pix, 6, 0, 1), false, false},
			"moved aslant":        {moved(pix, 5, 1, 1), false, false},
			"moved far":           {moved(pix, 12, 1, 0), false, false},
		} {
			d := detail(t, tt.pix)
			if (d.Focus >= sharp) != tt.sharp || tt.steady && d.Motion < still || !tt.steady && min(d.Motion, d.Focus*2) >= still {
				t.Errorf("%d, %s: %+v", seed, name, d)
			}
		}
	}
}

// More blur never makes a picture sharper, and noise never makes a blurred one sharp.
func TestMoreBlurIsLessFocus(t *testing.T) {
	for seed := range uint64(2) {
		before := 10.
		for _, sigma := range []float64{0, 0.5, 0.8, 1.1, 1.5, 2} {
			clean := blurred(skin(seed), sigma)
			now := detail(t, clean).Focus
			if now > before {
				t.Errorf("sigma %.1f: %.3f after %.3f", sigma, now, before)
			}
			before = now
			for _, noise := range []float64{1, 2, 4, 8} {
				if with := detail(t, noisy(clean, noise, seed)).Focus; with >= sharp && now < sharp {
					t.Errorf("sigma %.1f, noise %.0f: %.3f, without noise %.3f", sigma, noise, with, now)
				}
			}
		}
	}
}

// Brightness and contrast are other checks' matter.
func TestFocusKnowsNoContrast(t *testing.T) {
	pix := skin(5)
	want := detail(t, pix)
	for i, v := range pix {
		pix[i] = 90 + (v-130)/2
	}
	if got := detail(t, pix); got.Focus < 0.9*want.Focus || got.Focus > 1.1*want.Focus {
		t.Errorf("half the contrast: %.3f, before %.3f", got.Focus, want.Focus)
	}
}

func TestNothingToSee(t *testing.T) {
	even := make([]float64, size*size)
	for name, pix := range map[string][]float64{"black": even, "noise alone": noisy(even, 20, 1), "grey noise": noisy(blurred(skin(1), 40), 3, 1)} {
		if d := detail(t, pix); !(d.Focus < sharp) || d.Motion != d.Motion {
			t.Errorf("%s: %+v", name, d)
		}
	}
	for _, side := range []int{1, 31, 32, 40} {
		if d, ok := texture.Measure(make([]byte, side*side), side, side, quality.Field{}); ok {
			t.Errorf("%d pixels: %+v", side, d)
		}
	}
}

// The sharp rim of a field is no detail of the skin.
func TestRimIsNotMeasured(t *testing.T) {
	pix := levels(blurred(skin(1), 3))
	f := quality.Field{Shape: quality.ShapeDisc, X: 96, Y: 96, Size: 160}
	for i := range pix {
		if dx, dy := i%size-96, i/size-96; dx*dx+dy*dy > 80*80 {
			pix[i] = 0
		}
	}
	if d, ok := texture.Measure(pix, size, size, f); !ok || d.Focus >= sharp {
		t.Errorf("%+v, %t", d, ok)
	}
}
