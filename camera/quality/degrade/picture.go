package degrade

import (
	"errors"
	"math"

	"dermbox/camera/quality"
)

// Why a picture cannot be spoilt in a way. It is then left out of the figures, and counted.
var (
	ErrNoLesion = errors.New("the picture has no lesion that could be spoilt")
	ErrNoSkin   = errors.New("the lesion leaves too little skin to make more of it")
	ErrTooFar   = errors.New("the amount cannot be reached on this picture")
)

// Picture is a photograph: RGB in sRGB, three bytes a pixel, rows from the top without gaps.
type Picture struct {
	Width, Height int
	Pix           []byte
	Field         quality.Field // what the dermatoscope lights up; ShapeNone: the whole picture
	Lesion        []bool        // one for each pixel; nil: no lesion is known
}

// plain gives a picture of the same size and places with its own copy of the pixels.
func (p Picture) plain() Picture {
	out := p
	out.Pix = append([]byte(nil), p.Pix...)
	return out
}

// size is the diameter of the field in pixels.
func (p Picture) size() float64 {
	if p.Field.Shape == quality.ShapeNone || p.Field.Size <= 0 {
		return float64(min(p.Width, p.Height))
	}
	return p.Field.Size
}

// unit is how many pixels one pixel of a field of 256 is. It is never less than one, so that a picture of 256 is spoilt by
// exactly the pixels of the table whatever rim it has.
func (p Picture) unit() float64 { return max(1, p.size()/256) }

// field says which pixels lie in the lit field, shrunk to a share of its size.
func (p Picture) field(share float64) []bool {
	in := make([]bool, p.Width*p.Height)
	for _, s := range quality.Spans(p.Field, share, p.Width, p.Height) {
		for x := s.From; x < s.To; x++ {
			in[s.Row*p.Width+x] = true
		}
	}
	return in
}

// lesion counts the lesion's pixels that lie in the field.
func (p Picture) lesion(in []bool) (n int) {
	for i, l := range p.Lesion {
		if l && in[i] {
			n++
		}
	}
	return n
}

// minLesion is the smallest lesion, as a share of the field's area, of which a share can be said to be covered or cut.
const minLesion = 0.002

// hasLesion gives the count of the lesion's pixels in the field, or ErrNoLesion.
func (p Picture) hasLesion(in []bool) (int, error) {
	n := p.lesion(in)
	if len(p.Lesion) != len(in) || n < 4 || float64(n) < minLesion*p.size()*p.size() {
		return 0, ErrNoLesion
	}
	return n, nil
}

func toByte[F float32 | float64](v F) byte { return byte(max(0, min(255, v+0.5))) }

// step rises smoothly from 0 at lo to 1 at hi.
func step(lo, hi, v float64) float64 {
	t := max(0, min(1, (v-lo)/(hi-lo)))
	if math.IsNaN(t) {
		return 0
	}
	return t * t * (3 - 2*t)
}
