//go:build opencv

package measure

import (
	"bytes"
	"math"
	"slices"
)

// The score's weights: a lesion is darker than skin, or redder, or more or less yellow.
const (
	redWeight    = 0.64 // of a* squared, above the skin's
	paleWeight   = 0.19 // of a* squared, below it
	yellowWeight = 0.22 // of b* squared
	brightPart   = 0.3  // of the score that is left where it is clearly brighter than skin
	brightFrom   = 6    // L* above the skin's
)

// findScore tells for each pixel how unlike skin it is.
func (s *scene) findScore() {
	s.score = make([]float32, s.w*s.h)
	for y := range s.h {
		at := y * s.w
		scoreRow(s.score[at:][:s.w], s.inside[at:], s.lab[3*at:], s.skin.row(y, s.h))
	}
}

// scoreRow does so for a row.
func scoreRow(score []float32, inside []bool, lab []uint8, skin slice) {
	inside, lab = inside[:len(score)], lab[:3*len(score)]
	step := 2 / float64(len(score))
	l, a, b := &skin[0], &skin[1], &skin[2]
	for i, in := range inside {
		if !in {
			continue
		}
		x, p := (float64(i)+0.5)*step-1, lab[3*i:][:3]
		score[i] = float32(unlike(
			lightness[p[0]]-(l[0]+x*(l[1]+x*l[2])), float64(p[1])-128-(a[0]+x*(a[1]+x*a[2])), float64(p[2])-128-(b[0]+x*(b[1]+x*b[2])),
		))
	}
}

// What lies on the skin and not in it: plasters, stickers. Their colour is far from skin's while they are not much darker, and not a
// pigment's.
const (
	plasterColour = 20  // distance in a* and b*
	plasterRatio  = 1.5 // of that distance to how much darker it is
	plasterArea   = 150 // pixels; less is a speck
	plasterEdge   = 4   // pixels around it of mixed colour
)

// dropPlasters takes plasters that reach into the field from its edge for skin, so that none is the lesion.
func (s *scene) dropPlasters() {
	plaster := make([]uint8, s.w*s.h)
	parts(s.odd(), s.w, func(part []int) {
		if len(part) < plasterArea || !slices.ContainsFunc(part, func(i int) bool { return s.edge[i] <= touchPX }) || s.pigment(part) >= pigmented {
			return
		}
		for _, i := range part {
			plaster[i] = 255
		}
	})
	if bytes.IndexByte(plaster, 255) < 0 {
		return
	}
	for i, far := range distance(plaster, s.w, s.h) {
		if far <= plasterEdge {
			s.score[i] = 0
		}
	}
}

// odd gives the mask of the pixels that have a plaster's colour.
func (s *scene) odd() []uint8 {
	odd := make([]uint8, s.w*s.h)
	for i, v := range s.score {
		if v < plasterColour/2 {
			continue
		}
		lab, skin := s.labAt(i), s.skinAt(i)
		a, b, dark := lab[1]-skin[1], lab[2]-skin[2], plasterRatio*max(0, skin[0]-lab[0])
		if a*a+b*b > max(plasterColour*plasterColour, dark*dark) {
			odd[i] = 255
		}
	}
	return odd
}

// unlike is the score of a colour that is so much lighter, redder and yellower than skin.
func unlike(l, a, b float64) float64 {
	red := redWeight
	if a < 0 {
		red = paleWeight
	}
	dark := min(l, 0)
	v := math.Sqrt(dark*dark + red*a*a + yellowWeight*b*b)
	if l > brightFrom {
		v *= brightPart
	}
	return v
}

// The limits of the threshold that parts lesion from skin, in the score's steps.
const (
	scoreLow  = 5
	scoreHigh = 25
	scoreTop  = 60 // more counts as this while the threshold is chosen
)

// threshold gives the score that parts the field's pixels best in two (Otsu: the largest variance between them).
func (s *scene) threshold() float32 {
	const bins = 120
	var histogram [bins]int
	for i, v := range s.score {
		if s.inside[i] {
			histogram[min(bins-1, int(v*bins/scoreTop))]++
		}
	}
	var total, sum float64
	for k, c := range histogram {
		total, sum = total+float64(c), sum+float64(k*c)
	}
	var n, part, best float64
	at := 0
	for k, c := range histogram {
		n, part = n+float64(c), part+float64(k*c)
		if n == 0 || n == total {
			continue
		}
		d := part/n - (sum-part)/(total-n)
		if v := n * (total - n) * d * d; v > best {
			best, at = v, k
		}
	}
	return float32(max(scoreLow, min(scoreHigh, (float64(at)+0.5)*scoreTop/bins)))
}
