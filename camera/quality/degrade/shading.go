package degrade

import (
	"math"
	"slices"
)

// shadow is the light, as a share of the middle's, below which a place is of the dermatoscope's shadow and shows no skin to move.
const shadow = 0.55

// shading is how bright the skin is at each distance from the field's middle, as a share of its brightness in the middle: the lamp's fall
// and the rim's shadow.
type shading struct {
	bins []float64
	per  float64 // bins for each pixel of distance
}

// shading takes the median of the skin's green at each distance.
func (b bare) shading() shading {
	const n = 48
	reach := math.Hypot(float64(b.Width), float64(b.Height))
	if cx, cy := b.centre(); cx > 0 {
		reach = math.Hypot(max(cx, float64(b.Width)-cx), max(cy, float64(b.Height)-cy))
	}
	s := shading{make([]float64, n), (n - 1) / min(reach, b.size())}
	values := make([][]byte, n)
	for i, l := range b.field(1) {
		if l && !b.covered[i] {
			bin := s.bin(b.Picture, i)
			values[bin] = append(values[bin], b.Pix[3*i+1])
		}
	}
	s.fill(values)
	return s
}

// fill takes the bins' medians; one with few values, under the lesion or past the field's end, has that of the one within. Skin is at most
// a little brighter anywhere than in the middle.
func (s shading) fill(values [][]byte) {
	last, top := 0.0, 0.0
	for i, v := range values {
		if len(v) >= 8 {
			slices.Sort(v)
			last = float64(v[len(v)/2])
		}
		s.bins[i] = last
		top = max(top, last)
	}
	for i := len(s.bins) - 2; i >= 0; i-- {
		if s.bins[i] == 0 {
			s.bins[i] = s.bins[i+1]
		}
	}
	for i := range s.bins {
		s.bins[i] = max(0.02, s.bins[i]/max(1, top))
	}
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
