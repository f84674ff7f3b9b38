package degrade

import (
	"math"
	"slices"

	"dermbox/camera/quality"
)

// shadow is the light, as a share of the middle's, below which a place is of the dermatoscope's shadow and shows no skin to move.
const shadow = 0.55

// shading is how bright the skin is at each distance from the field's middle, as a share of its brightness in the middle: the lamp's fall
// and the rim's shadow.
type shading struct {
	bins []float64
	per  float64 // bins for each pixel of distance
	full float64 // the green of evenly lit skin
}

// shading takes the median of the skin's green at each distance.
func (b bare) shading() shading {
	n := int(max(16, min(400, b.size()))) // a pixel wide, so that a sharp rim stays sharp
	reach := math.Hypot(float64(b.Width), float64(b.Height))
	if cx, cy := b.centre(); cx > 0 {
		reach = math.Hypot(max(cx, float64(b.Width)-cx), max(cy, float64(b.Height)-cy))
	}
	s := shading{bins: make([]float64, n), per: float64(n-1) / min(reach, b.size())}
	values := make([][]byte, n)
	for i, l := range b.field(1) {
		if l && !b.covered[i] {
			bin := s.bin(b.Picture, i)
			values[bin] = append(values[bin], b.Pix[3*i+1])
		}
	}
	s.full = s.fill(values)
	return s
}

// fill takes the bins' medians. Light is even up to two thirds of the way to the edge, where lesions lie and what is around them would count as
// shade, and only falls from there; a bin with few values has that of the one within.
func (s shading) fill(values [][]byte) (full float64) {
	medians := make([]float64, len(values))
	for i, v := range values {
		if len(v) >= 40 {
			slices.Sort(v)
			medians[i] = float64(v[len(v)/2])
		}
	}
	even := int(0.33 * float64(len(medians)-1)) // of the whole size: two thirds of the half
	around := slices.DeleteFunc(slices.Clone(medians[max(0, even-len(medians)/12):even+len(medians)/16]), func(v float64) bool { return v == 0 })
	for _, v := range around {
		full += v / float64(len(around))
	}
	last := 1.0
	for i, v := range medians {
		if i > even && v > 0 && full > 0 {
			last = min(last, v/full)
		}
		s.bins[i] = max(0.02, last)
	}
	smoothed := slices.Clone(s.bins)
	for i := 1; i+1 < len(s.bins); i++ {
		smoothed[i] = (s.bins[i-1] + s.bins[i] + s.bins[i+1]) / 3
	}
	copy(s.bins, smoothed)
	return full
}

func (s shading) bin(p Picture, i int) int { return int(s.place(p, i) + 0.5) }

func (s shading) place(p Picture, i int) float64 {
	cx, cy := p.centre()
	d := math.Hypot(float64(i%p.Width)+0.5-cx, float64(i/p.Width)+0.5-cy)
	return min(float64(len(s.bins)-1), d*s.per)
}

// at gives the light at a pixel.
func (s shading) at(p Picture, i int) float64 {
	place := s.place(p, i)
	k := min(len(s.bins)-2, int(place))
	u := place - float64(k)
	return s.bins[k]*(1-u) + s.bins[k+1]*u
}

// light gives the light at a pixel: by its distance, but at a disc's rim by the pixel itself, since a field that is found a few pixels off
// would show a second rim.
func (b bare) light(s shading, p Picture, i int) float64 {
	cx, cy := p.centre()
	d := math.Hypot(float64(i%p.Width)+0.5-cx, float64(i/p.Width)+0.5-cy)
	if p.Field.Shape != quality.ShapeDisc || b.covered[i] || d < 0.46*p.size() || s.full == 0 {
		return s.at(p, i)
	}
	return max(0.02, min(1, float64(p.Pix[3*i+1])/s.full))
}
