//go:build opencv

package measure

import "math"

// bare is what a place at the picture's edge counts where there is skin and no rim: a photograph may be cut to within the rim.
const bare = 0.5

// unskin is the score from which a place is not the skin of the rest.
const unskin = 18

// ring tells how surely the field is a dermatoscope's, 0 to 1: of the places along its edge each counts 1 that is a dark rim and
// lies on the one oval that fits the rim best, and a half where skin goes on to the picture's edge, if no
// background is seen behind it. Places in the lesion do not count.
func (s *scene) ring() float64 {
	var rim [][2]float64
	edges, skin := 0, 0
	for i, in := range s.inside {
		if !in || s.lesion[i] != 0 { // a lesion that the edge cuts hides the rim there, and tells nothing of it
			continue
		}
		x, y := i%s.w, i/s.w
		switch {
		case x == 0 || y == 0 || x == s.w-1 || y == s.h-1:
			edges++
			if s.score[i] < unskin && !s.behind {
				skin++
			}
		case !s.inside[i-1] || !s.inside[i+1] || !s.inside[i-s.w] || !s.inside[i+s.w]:
			rim = append(rim, [2]float64{2*float64(x)/float64(s.w) - 1, 2*float64(y)/float64(s.h) - 1})
		}
	}
	if edges+len(rim) == 0 {
		return 0
	}
	return (float64(onOval(rim)) + bare*float64(skin)) / float64(edges+len(rim))
}

// ovalError is how far from the oval a place on it may lie, as a share of the oval's radius there.
const ovalError = 0.04

// onOval counts the places that lie on the upright oval that fits them best: a x squared + b y squared + c x + d y = 1.
func onOval(places [][2]float64) (n int) {
	if len(places) < 20 {
		return 0
	}
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
