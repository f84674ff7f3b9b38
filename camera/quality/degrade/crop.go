package degrade

import (
	"math"
	"math/rand/v2"

	"dermbox/camera/quality"
)

// crop moves the skin under the dermatoscope until the share of the lesion's area lies outside the field, as when the dermatoscope is put
// down off the lesion. The size and the rim stay, nothing is resampled, and the far side is filled with the picture's own skin: a part cut
// out and enlarged would be blurred as well, and a check could refuse it for that.
func crop(p Picture, share float64, r *rand.Rand) (Picture, error) {
	lit := p.field(1)
	n, err := p.hasLesion(lit)
	if err != nil {
		return Picture{}, err
	}
	b, err := skin(p, r)
	if err != nil {
		return Picture{}, err
	}
	dx, dy := b.side(lit, r)
	lost := func(d int) float64 { // of the lesion when the skin has moved by d
		out := 0
		for i, l := range p.Lesion {
			if l && lit[i] && !at(lit, p.Width, p.Height, i%p.Width+way(dx, d), i/p.Width+way(dy, d)) {
				out++
			}
		}
		return float64(out) / float64(n)
	}
	lo, hi := 0, int(2*p.size())
	if lost(hi) < share {
		return Picture{}, ErrTooFar
	}
	for lo+1 < hi {
		if mid := (lo + hi) / 2; lost(mid) < share {
			lo = mid
		} else {
			hi = mid
		}
	}
	return b.move(p, way(dx, hi), way(dy, hi)), nil
}

// way gives the pixels of a movement along one axis.
func way(part float64, d int) int { return int(math.Round(part * float64(d))) }

func at(mask []bool, width, height, x, y int) bool {
	return x >= 0 && y >= 0 && x < width && y < height && mask[y*width+x]
}

// side gives the direction, of eight, in which the lesion goes: towards the side that it is nearest to, or if it lies in the middle one
// by chance, so that the far side, which is filled, was skin at its edge.
func (b bare) side(in []bool, r *rand.Rand) (dx, dy float64) {
	var x, y, n float64
	for i, l := range b.Lesion {
		if l && in[i] {
			x, y, n = x+float64(i%b.Width), y+float64(i/b.Width), n+1
		}
	}
	cx, cy := b.centre()
	turn := math.Atan2(y/n-cy, x/n-cx)
	if math.Hypot(x/n-cx, y/n-cy) < 0.04*b.size() {
		turn = 2 * math.Pi * r.Float64()
	}
	turn = math.Round(turn/(math.Pi/4)) * math.Pi / 4
	return math.Cos(turn), math.Sin(turn)
}

// centre is the middle of the field.
func (p Picture) centre() (x, y float64) {
	if p.Field.Shape == quality.ShapeNone {
		return float64(p.Width) / 2, float64(p.Height) / 2
	}
	return p.Field.X, p.Field.Y
}

// move gives the picture with its skin moved. Where no skin comes from, the skin without the lesion is mirrored at the field's edge. The rim
// stays as it is.
func (b bare) move(p Picture, dx, dy int) Picture {
	out := p.plain()
	out.Lesion = make([]bool, len(p.Lesion))
	lit, in := p.field(1), p.field(p.inside())
	for i := range lit {
		if !lit[i] {
			continue
		}
		x, y := i%p.Width-dx, i/p.Width-dy
		from := p.Pix
		if at(in, p.Width, p.Height, x, y) {
			out.Lesion[i] = p.Lesion[y*p.Width+x]
		} else {
			from = b.Pix
			if x, y = b.mirror(in, x, y); x < 0 {
				continue
			}
		}
		fade := b.rim(i)
		for c := range 3 {
			v := float64(from[3*(y*p.Width+x)+c])
			out.Pix[3*i+c] = toByte(v + (float64(p.Pix[3*i+c])-v)*fade)
		}
	}
	return out
}

// rim tells how much of a pixel is the dermatoscope's and stays: nothing within the field, all at the edge of a disc.
func (p Picture) rim(i int) float64 {
	if p.Field.Shape != quality.ShapeDisc {
		return 0
	}
	d := math.Hypot(float64(i%p.Width)+0.5-p.Field.X, float64(i/p.Width)+0.5-p.Field.Y) / (p.Field.Size / 2)
	return step(p.inside(), 1, d)
}

// mirror gives the place in the field that a place outside of it mirrors; -1 where there is none.
func (p Picture) mirror(in []bool, x, y int) (int, int) {
	cx, cy := p.centre()
	half := p.inside() * p.size() / 2
	for range 8 {
		switch {
		case at(in, p.Width, p.Height, x, y):
			return x, y
		case p.Field.Shape == quality.ShapeDisc:
			u, v := float64(x)+0.5-cx, float64(y)+0.5-cy
			d := math.Hypot(u, v)
			k := (2*(half-1) - d) / d
			x, y = int(math.Floor(cx+u*k)), int(math.Floor(cy+v*k))
		default:
			x, y = fold(x, p.Width, cx, half), fold(y, p.Height, cy, half)
		}
	}
	return -1, -1
}

// fold mirrors a place at the ends of a square field, or of the picture where that ends first.
func fold(x, size int, centre, half float64) int {
	lo, hi := max(0, int(math.Ceil(centre-half))), min(size, int(centre+half))-1
	switch {
	case x < lo:
		return 2*lo - x
	case x > hi:
		return 2*hi - x
	}
	return x
}
