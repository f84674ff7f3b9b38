//go:build opencv

package measure

import "math"

// surface is a smooth surface for each of L*, a* and b* (0 to 100, and from -128 to 127) over the picture: with the lamp's fall
// towards the rim, 1, x, y, x squared, y squared and xy, where x and y go from -1 to 1.
type surface [3][6]float64

// terms gives the surface's six terms at a pixel.
func terms(px, py, w, h int) [6]float64 {
	x, y := (2*float64(px)+1)/float64(w)-1, (2*float64(py)+1)/float64(h)-1
	return [6]float64{1, x, y, x * x, y * y, x * y}
}

// at gives L*, a* and b* of the surface.
func (f *surface) at(t [6]float64) (lab [3]float64) {
	for c := range lab {
		g := &f[c]
		lab[c] = g[0]*t[0] + g[1]*t[1] + g[2]*t[2] + g[3]*t[3] + g[4]*t[4] + g[5]*t[5]
	}
	return lab
}

// skinAt gives L*, a* and b* of the skin at a pixel.
func (s *scene) skinAt(i int) [3]float64 { return s.skin.at(terms(i%s.w, i/s.w, s.w, s.h)) }

// slice is the surface along a row: for each of L*, a* and b* the factors of 1, x and x squared.
type slice [3][3]float64

func (f *surface) row(py, h int) (r slice) {
	y := (2*float64(py)+1)/float64(h) - 1
	for c, g := range f {
		r[c] = [3]float64{g[0] + y*(g[2]+y*g[4]), g[1] + y*g[5], g[3]}
	}
	return r
}

// The fit of the skin.
const (
	skinStep   = 6    // pixels between samples
	skinRounds = 6    // of weighing anew
	middle     = 0.25 // squared radius up to which a sample hardly counts: the lesion is there
	outer      = 0.45 // squared radius from which samples begin the fit
)

// sample is one place of the picture while the skin is fitted.
type sample struct {
	terms  [6]float64
	lab    [3]float64
	prior  float64 // how likely it is skin by its place alone
	weight float64
}

// fitSkin fits the surface to what is most likely skin: pixels in the outer part of the field, and rather bright than dark,
// since a lesion is darker. Each round gives less weight to what lies far from the surface, and least to what is darker.
func (s *scene) fitSkin() surface {
	samples := s.samples()
	begin(samples)
	var f surface
	for range skinRounds {
		f = solve(samples)
		reweigh(samples, f)
	}
	return f
}

// lightness is L* of OpenCV's 8 bits.
var lightness = func() (l [256]float64) {
	for v := range l {
		l[v] = float64(v) / 2.55
	}
	return l
}()

// labAt gives a pixel's L*, a* and b*.
func (s *scene) labAt(i int) [3]float64 {
	p := s.lab[3*i:][:3]
	return [3]float64{lightness[p[0]], float64(p[1]) - 128, float64(p[2]) - 128}
}

func (s *scene) samples() []sample {
	list := make([]sample, 0, (s.w/skinStep+1)*(s.h/skinStep+1))
	for y := skinStep / 2; y < s.h; y += skinStep {
		for x := skinStep / 2; x < s.w; x += skinStep {
			if i := y*s.w + x; s.inside[i] {
				t := terms(x, y, s.w, s.h)
				list = append(list, sample{terms: t, lab: s.labAt(i), prior: max(0.05, min(1, 2*(t[3]+t[4]-middle)))})
			}
		}
	}
	return list
}

// begin weighs by lightness alone: around the brighter half of the outer part.
func begin(samples []sample) {
	var light []uint8
	for _, p := range samples {
		if p.terms[3]+p.terms[4] > outer {
			light = append(light, uint8(p.lab[0]))
		}
	}
	if len(light) < 20 {
		for _, p := range samples {
			light = append(light, uint8(p.lab[0]))
		}
	}
	bright := float64(rank(light, 0.6))
	for i, p := range samples {
		switch d := p.lab[0] - bright; {
		case d < -12:
			samples[i].weight = 0.02 * p.prior
		case d > 12:
			samples[i].weight = 0.2 * p.prior
		default:
			samples[i].weight = p.prior
		}
	}
}

func reweigh(samples []sample, f surface) {
	var squares, total float64
	for i := range samples {
		p := &samples[i]
		d := p.lab[0] - f.at(p.terms)[0]
		squares, total = squares+p.weight*d*d, total+p.weight
	}
	spread := 1.5 * math.Sqrt(squares/max(total, 1e-9))
	spread = max(3, min(8, spread))
	for i := range samples {
		p := &samples[i]
		skin, far := f.at(p.terms), 0.0
		for c := range skin {
			far += (p.lab[c] - skin[c]) * (p.lab[c] - skin[c])
		}
		near := 2.2 * spread
		if p.lab[0] < skin[0] {
			near = 1.2 * spread
		}
		q := far / (near * near)
		p.weight = p.prior / (1 + q*q)
	}
}
