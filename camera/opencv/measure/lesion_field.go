//go:build opencv

package measure

import "math"

// The rim of the field at the working scale.
const (
	rimShare   = 0.35 // of the median lightness: darker is rim where it hangs together with a corner
	rimShadow  = 6    // pixels within the rim that lie in its shadow
	dimShare   = 0.62 // of the median lightness: darker is shadow as far as dimReach
	dimReach   = 16   // pixels from the rim
	rimRadius  = 0.9  // from the middle, where the middles of the picture's sides are at 1: nearer is no rim
	loneRadius = 1.15 // the same where one corner alone is dark
)

// findInside marks the field: all that is not dark rim in the corners, and clear of its shadow. A lesion at the edge is not in
// a corner, so it stays. The rim of a photograph that was squashed is no circle, so none is assumed.
func findInside(light []uint8, w, h int) []bool {
	usual := float64(rank(light, 0.5))
	limit, dim := uint8(min(max(20, min(60, rimShare*usual)), dimShare*usual)), uint8(dimShare*usual)
	rim := findRim(light, w, h, limit)
	inside := make([]bool, w*h)
	far := distance(rim, w, h)
	for i := range inside {
		inside[i] = far[i] > rimShadow && (far[i] > dimReach || light[i] >= dim)
	}
	return inside
}

// findRim marks what is darker than a limit and hangs together with a corner, but for what is too near to the middle for a rim. One corner
// alone that is so dark far inwards is a dark lesion there.
func findRim(light []uint8, w, h int, limit uint8) []uint8 {
	dark, rim := make([]uint8, w*h), make([]uint8, w*h)
	for i, v := range light {
		if v < limit {
			dark[i] = 255
		}
	}
	corners, least := 0, math.Inf(1)
	for _, at := range [4]int{0, w - 1, w * (h - 1), w*h - 1} {
		if dark[at] != 0 {
			corners++
		}
		if dark[at] != 255 { // bright, or found from another corner
			continue
		}
		spread(dark, at, w, taken, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				far := fromMiddle(i, w, h)
				if least = min(least, far); far > rimRadius {
					rim[i] = 255
				}
			}
		})
	}
	if corners == 1 && least < loneRadius {
		clear(rim)
	}
	return rim
}

// fromMiddle is a pixel's distance from the middle, where the middles of the picture's sides are at 1.
func fromMiddle(i, w, h int) float64 {
	return math.Hypot((2*float64(i%w)+1)/float64(w)-1, (2*float64(i/w)+1)/float64(h)-1)
}

// findInside looks at the lightness without hair: a dark hair from the rim to a dark lesion would make the lesion rim.
func (s *scene) findInside() {
	light := make([]uint8, s.w*s.h)
	for i := range light {
		light[i] = s.lab[3*i]
	}
	s.inside = findInside(light, s.w, s.h)
	n := 0
	for _, in := range s.inside {
		if in {
			n++
		}
	}
	s.size = 2 * math.Sqrt(float64(n)/math.Pi)
}
