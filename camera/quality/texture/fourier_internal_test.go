package texture

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The transform agrees with the sum that defines it.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var re, im plane
	for i := range re {
		re[i], im[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
	}
	fr, fi := re, im
	transform(&fr, &fi)
	for _, k := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {3, -5}, {16, 16}, {-1, 7}} {
		var wr, wi float64
		for i := range re {
			s, c := math.Sincos(-2 * math.Pi * float64(k[0]*(i%side)+k[1]*(i/side)) / side)
			wr += float64(re[i])*c - float64(im[i])*s
			wi += float64(re[i])*s + float64(im[i])*c
		}
		at := bin(k[0], k[1])
		if math.Abs(float64(fr[at])-wr) > 1e-3 || math.Abs(float64(fi[at])-wi) > 1e-3 {
			t.Errorf("%v: %.4f %.4f, want %.4f %.4f", k, fr[at], fi[at], wr, wi)
		}
	}
}

// Two windows in one transform are told apart.
func TestSpectra(t *testing.T) {
	wave := func(u, v int, height float64) (p plane) {
		for i := range p {
			p[i] = float32(height * math.Cos(2*math.Pi*float64(u*(i%side)+v*(i/side))/side))
		}
		return p
	}
	a, b := wave(4, 1, 2), wave(-3, 6, 1)
	spectra(&a, &b)
	half := float32(side * side / 2)
	for name, tt := range map[string]struct{ got, want float32 }{
		"a": {a[bin(4, 1)], 4 * half * half}, "a mirrored": {a[bin(-4, -1)], 4 * half * half}, "b": {b[bin(-3, 6)], half * half},
		"b in a": {a[bin(-3, 6)], 0}, "a in b": {b[bin(4, 1)], 0}, "elsewhere": {a[bin(7, 7)], 0},
	} {
		if math.Abs(float64(tt.got-tt.want)) > 50 {
			t.Errorf("%s: %g, want %g", name, tt.got, tt.want)
		}
	}
}

// Every direction has its share of each band.
func TestBands(t *testing.T) {
	for d := range directions {
		if len(spectrum.fine[d]) < 8 || len(spectrum.coarse[d]) < 4 {
			t.Errorf("direction %d: %d fine, %d coarse", d, len(spectrum.fine[d]), len(spectrum.coarse[d]))
		}
	}
	var p plane
	p[bin(8, 0)] = 1 // a quarter of a cycle for each pixel, across
	got := spectrum.measure(&p)
	if got.fine[0] == 0 || got.fine[directions/2] != 0 || got.coarse[0] != 0 || got.noise != 0 {
		t.Errorf("%+v", got)
	}
}
