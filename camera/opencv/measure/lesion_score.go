//go:build opencv

package measure

import "math"

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
		for x := range s.w {
			if i := y*s.w + x; s.inside[i] {
				s.score[i] = float32(unlike(s.labAt(i), s.skin.at(terms(x, y, s.w, s.h))))
			}
		}
	}
}

func unlike(lab, skin [3]float64) float64 {
	l, a, b := lab[0]-skin[0], lab[1]-skin[1], lab[2]-skin[2]
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
	var histogram [bins]float64
	var total, sum float64
	for i, v := range s.score {
		if s.inside[i] {
			k := min(bins-1, int(v*bins/scoreTop))
			histogram[k]++
			total++
			sum += float64(k)
		}
	}
	var n, part, best float64
	at := 0
	for k, c := range histogram {
		n, part = n+c, part+c*float64(k)
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
