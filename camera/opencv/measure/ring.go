//go:build opencv

package measure

import "math"

// ring tells how surely the field is a dermatoscope's, 0 to 1: the share of its edge that is a dark rim, of which only what
// lies on one oval counts. A field that fills the picture has 0.
func (s *scene) ring() float64 {
	var rim [][2]float64
	edges := 0
	for i, in := range s.inside {
		if !in {
			continue
		}
		x, y := i%s.w, i/s.w
		switch {
		case x == 0 || y == 0 || x == s.w-1 || y == s.h-1:
			edges++
		case !s.inside[i-1] || !s.inside[i+1] || !s.inside[i-s.w] || !s.inside[i+s.w]:
			rim = append(rim, [2]float64{2*float64(x)/float64(s.w) - 1, 2*float64(y)/float64(s.h) - 1})
		}
	}
	if len(rim) < 20 {
		return 0
	}
	return float64(onOval(rim)) / float64(edges+len(rim))
}

// ovalError is how far from the oval a place on it may lie, as a share of the oval's radius there.
const ovalError = 0.04

// onOval counts the places that lie on the upright oval that fits them best: a x squared + b y squared + c x + d y = 1.
func onOval(places [][2]float64) (n int) {
	var samples []sample
	for _, p := range places {
		x, y := p[0], p[1]
		samples = append(samples, sample{terms: [6]float64{x * x, y * y, x, y}, lab: [3]float64{1}, weight: 1})
	}
	f := solveTerms(samples, [6]float64{0, 0, 0, 0, 1, 1})[0]
	a, b, c, d := f[0], f[1], f[2], f[3]
	if a <= 0 || b <= 0 {
		return 0
	}
	cx, cy := -c/2/a, -d/2/b
	size := 1 + a*cx*cx + b*cy*cy
	for _, p := range places {
		r := math.Sqrt((a*(p[0]-cx)*(p[0]-cx) + b*(p[1]-cy)*(p[1]-cy)) / size)
		if math.Abs(r-1) <= ovalError {
			n++
		}
	}
	return n
}
