//go:build opencv

package measure

import (
	"math"

	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
)

// values gives the numbers of the checks of the lesion and of what lies over it, by the name of the check. Without a lesion
// its contrast is 0, its size, margin and cut are not there, and what lies over the field stands for what lies over it.
func (s *scene) values() map[string]float64 {
	v := map[string]float64{
		quality.Glare: s.share(s.glare, nil), quality.Occlusion: s.share(s.hair, nil), quality.LesionContrast: 0,
	}
	if s.patch.area == 0 {
		return v
	}
	v[quality.Glare] = s.share(s.glare, s.lesion)
	v[quality.Occlusion] = s.share(s.hair, s.lesion)
	v[quality.LesionSize] = 2 * math.Sqrt(float64(s.patch.area)/math.Pi) / s.size
	v[quality.LesionContrast] = s.contrast() * s.central() * min(1, v[quality.LesionSize]/plainSize)
	v[quality.LesionCut] = s.cut()
	v[quality.LesionMargin] = s.margin()
	return v
}

// share gives the share of the pixels of a mask, or of the field for nil, that another covers.
func (s *scene) share(cover, of []uint8) float64 {
	n, covered := 0, 0
	for i, in := range s.inside {
		if !in || of != nil && of[i] == 0 {
			continue
		}
		n++
		if cover[i] != 0 {
			covered++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(covered) / float64(n)
}

// findEdge gives each pixel's distance from the nearest place outside the field, in pixels: 1 for the last pixel within.
func (s *scene) findEdge() []float32 {
	out := make([]uint8, len(s.inside))
	for i, in := range s.inside {
		if !in {
			out[i] = 255
		}
	}
	return distanceWithin(out, s.w, s.h, 0)
}

// How near to the field's edge, in pixels, a lesion touches it, and how near the outermost row lies.
const (
	touchPX = 2
	edgePX  = 1.2
)

// plainPart is the share of the lesion's mean score from which a place of it is plainly lesion. What fades out towards the edge, as a
// blush or the lamp's fall does, is not cut by it.
const plainPart = 0.75

// plainly tells whether a place of the lesion is as unlike the skin as the lesion is.
func (s *scene) plainly(i int) bool {
	return float64(s.score[i])*float64(s.patch.area) >= plainPart*s.patch.score
}

// cut gives the share of the lesion's outline that lies at the field's edge.
func (s *scene) cut() float64 {
	outline, at := 0, 0
	for i, v := range s.lesion {
		switch {
		case v == 0:
		case s.edge[i] <= edgePX:
			outline++
			if s.plainly(i) {
				at++
			}
		case s.edge[i] <= touchPX: // counted by the row outside of it
		case s.lesion[i-1] == 0, s.lesion[i+1] == 0, s.lesion[i-s.w] == 0, s.lesion[i+s.w] == 0:
			outline++
		}
	}
	return float64(at) / float64(max(1, outline))
}

// margin gives the lesion's least distance from the field's edge as a share of the field's diameter, 0 where it touches.
func (s *scene) margin() float64 {
	least := float32(math.Inf(1))
	for i, v := range s.lesion {
		if v != 0 && s.plainly(i) {
			least = min(least, s.edge[i])
		}
	}
	if least <= touchPX {
		return 0
	}
	return min(1, float64(least)/s.size)
}

// The belt of skin around a lesion that it is compared with, in working pixels from its outline.
const (
	beltFrom = 4
	beltTo   = 20
)

// contrast gives the deltaE00 between the mean colours of the lesion and of the belt of skin around it; of the fitted skin where
// the lesion leaves no belt.
func (s *scene) contrast() float64 {
	var within, around mean
	for i, d := range s.off {
		switch {
		case !s.inside[i] || s.glare[i] != 0:
		case s.lesion[i] != 0:
			within.add(s.lab[3*i:])
		case d >= beltFrom && d <= beltTo:
			around.add(s.lab[3*i:])
		}
	}
	if within.n == 0 {
		return 0
	}
	skin := around.lab()
	if around.n < 50 {
		at := s.skin.at(terms(s.w/2, s.h/2, s.w, s.h))
		skin = colour.Lab{L: at[0], A: at[1], B: at[2]}
	}
	return colour.DeltaE00(within.lab(), skin)
}

// plainSize is the size from which a patch counts as a lesion by its contrast alone. A smaller one needs as much more contrast as it
// is smaller: bare skin has many small and faint patches.
const plainSize = 0.25

// centre is the radius of the field's middle, where a lesion is looked for, as a share of the field's.
const centre = 0.55

// central tells how surely a patch is what the dermatoscope was put on, 0 to 1: 1 where half of it, or of the field's middle, is the
// patch in the middle, and 1 for what looks like a lesion that the edge cuts.
func (s *scene) central() float64 {
	if s.patch.edge > 0 && s.patch.plain() {
		return 1
	}
	middle, within, all := 0, 0, 0
	for py := range s.h {
		y := 2*(float64(py)+0.5)/float64(s.h) - 1
		for px, v := range s.lesion[py*s.w:][:s.w] {
			x := 2*(float64(px)+0.5)/float64(s.w) - 1
			in := x*x+y*y < centre*centre
			if in {
				middle++
			}
			if v != 0 {
				all++
			}
			if in && v != 0 {
				within++
			}
		}
	}
	return min(1, 2*float64(within)/float64(max(1, min(middle, all))))
}

// mean adds colours up, as OpenCV has them in 8 bits.
type mean struct {
	sum [3]int
	n   int
}

func (m *mean) add(lab []uint8) {
	_ = lab[2]
	m.sum[0], m.sum[1], m.sum[2], m.n = m.sum[0]+int(lab[0]), m.sum[1]+int(lab[1]), m.sum[2]+int(lab[2]), m.n+1
}

// lab gives the mean of at least one colour.
func (m *mean) lab() colour.Lab {
	n := float64(max(1, m.n))
	return colour.Lab{L: float64(m.sum[0]) / n / 2.55, A: float64(m.sum[1])/n - 128, B: float64(m.sum[2])/n - 128}
}

// skinColour gives the mean colour of the field's skin, clear of the lesion, of hair and of mirrored light.
func (s *scene) skinColour() (colour.Lab, bool) {
	var m mean
	for i, d := range s.off {
		if s.inside[i] && d >= beltFrom && s.glare[i] == 0 && s.hair[i] == 0 && s.score[i] < 12 {
			m.add(s.lab[3*i:])
		}
	}
	if m.n < 200 {
		return colour.Lab{}, false
	}
	return m.lab(), true
}
