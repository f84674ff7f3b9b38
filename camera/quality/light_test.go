package quality_test

import (
	"math"
	"testing"

	"dermbox/camera/quality"
)

// grey gives pixels of equal channels.
func grey(levels ...byte) (bgr []byte) {
	for _, v := range levels {
		bgr = append(bgr, v, v, v)
	}
	return bgr
}

func TestLight(t *testing.T) {
	for name, tt := range map[string]struct {
		bgr  []byte
		want quality.Luminance
	}{
		"one grey":             {grey(100, 100, 100, 100), quality.Luminance{Bright: 100}},
		"brighter quarter":     {grey(200, 40, 40, 40), quality.Luminance{Bright: (80 + 200) / 2}},
		"white and black":      {grey(255, 253, 252, 6, 5, 0, 100, 100), quality.Luminance{Bright: (971./8 + 254) / 2, High: 0.25, Low: 0.25}},
		"one channel clips":    {[]byte{255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0}, quality.Luminance{Bright: (191.25 + 29) / 2, High: 0.75, Low: 0.25}},
		"one pixel":            {grey(77), quality.Luminance{Bright: 77}},
		"luma weighs channels": {[]byte{100, 0, 0}, quality.Luminance{Bright: (100 + 11) / 2.}},
	} {
		n := len(tt.bgr) / 3
		l := quality.Light(tt.bgr, n, []quality.Span{{Row: 0, From: 0, To: n}})
		if math.Abs(l.Bright-tt.want.Bright) > 1e-9 || math.Abs(l.High-tt.want.High) > 1e-9 || math.Abs(l.Low-tt.want.Low) > 1e-9 {
			t.Errorf("%s: %+v, want %+v", name, l, tt.want)
		}
	}
	if l := quality.Light(grey(1, 2), 2, nil); l != (quality.Luminance{}) {
		t.Errorf("nothing: %+v", l)
	}
}

// A dark lesion over two thirds of the field hardly changes how bright the light is, and half the light shows on any skin.
func TestLightOfALargeLesion(t *testing.T) {
	skin, lesion := grey(160, 150, 155), grey(50, 40, 45, 50, 40, 45)
	measure := func(bgr []byte) float64 {
		return quality.Light(bgr, len(bgr)/3, []quality.Span{{From: 0, To: len(bgr) / 3}}).Bright
	}
	plain, covered := measure(append(append(append([]byte{}, skin...), skin...), skin...)), measure(append(skin, lesion...))
	if covered < 0.7*plain || covered >= plain {
		t.Errorf("%.0f with the lesion, %.0f without", covered, plain)
	}
}

// Well lit skin of any tone lies within a stop and a half or so, though its own luma spans far more; with a stop and a half less light
// pale skin is darker than any that is well lit.
func TestPigmentIsNoDarkness(t *testing.T) {
	// Fitzpatrick types I to VI in red, green and blue, as the simulated dermatoscope paints them.
	tones := [][3]float64{{230, 194, 178}, {219, 178, 153}, {204, 158, 128}, {178, 128, 94}, {143, 97, 71}, {115, 79, 61}}
	measure := func(tone [3]float64, stops float64) float64 {
		scale := math.Exp2(stops / 2.2)
		var p []byte
		for _, v := range [3]float64{tone[2], tone[1], tone[0]} {
			p = append(p, byte(min(255, v*scale)))
		}
		return quality.Light(p, 1, []quality.Span{{To: 1}}).Bright
	}
	least, most := math.Inf(1), 0.
	for _, tone := range tones {
		least, most = min(least, measure(tone, 0)), max(most, measure(tone, 0))
	}
	if most > 1.8*least {
		t.Errorf("well lit skin from %.0f to %.0f", least, most)
	}
	for i, tone := range tones {
		dark, bright := measure(tone, -2.5), measure(tone, 2.5)
		if dark >= least || bright <= most && i > 2 {
			t.Errorf("type %d: %.0f with too little light, %.0f with too much; well lit from %.0f to %.0f", i+1, dark, bright, least, most)
		}
	}
	for _, tone := range tones[:2] {
		if dark := measure(tone, -1.5); dark >= least {
			t.Errorf("%v: %.0f with a stop and a half less, well lit from %.0f", tone, dark, least)
		}
	}
}
