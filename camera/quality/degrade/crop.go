package degrade

import (
	"math"
	"math/rand/v2"

	"dermbox/camera/quality"
)

// crop moves the skin under the dermatoscope until the share of the lesion's area lies outside the field, as when the dermatoscope is put
// down off the lesion. The size and the rim stay, nothing is resampled, and the far side is filled with skin like the
// picture's own: a part cut out and enlarged would be blurred as well, and a check could refuse it for that.
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
	var places [][2]int
	for i, l := range p.Lesion {
		if l && lit[i] {
			places = append(places, [2]int{i % p.Width, i / p.Width})
		}
	}
	lost := func(d int) float64 { // of the lesion when the skin has moved by d
		out, x, y := 0, way(dx, d), way(dy, d)
		for _, at := range places {
			if !in(lit, p.Width, p.Height, at[0]+x, at[1]+y) {
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
	return b.move(p, way(dx, hi), way(dy, hi), r)
}

// way gives the pixels of a movement along one axis.
func way(part float64, d int) int { return int(math.Round(part * float64(d))) }

func in(mask []bool, width, height, x, y int) bool {
	return x >= 0 && y >= 0 && x < width && y < height && mask[y*width+x]
}

// side gives the direction, of eight, in which the lesion goes: towards the side that it is nearest to, or if it lies in the middle one
// by chance, so that the far side, which is filled, was skin at its edge.
func (b bare) side(lit []bool, r *rand.Rand) (dx, dy float64) {
	var x, y, n float64
	for i, l := range b.Lesion {
		if l && lit[i] {
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

// move gives the picture with its skin moved under a light that stays: what the light does towards the edge, the rim's shadow and dark
// corners are the dermatoscope's. Where no skin comes from, it is made as in place of a lesion.
func (b bare) move(p Picture, dx, dy int, r *rand.Rand) (Picture, error) {
	light := b.shading()
	out := p.plain()
	out.Lesion = make([]bool, len(p.Lesion))
	lit, skin := p.field(1), p.field(p.inside())
	known, bared := make([]bool, len(lit)), make([]bool, len(lit))
	for i := range lit {
		x, y := i%p.Width-dx, i/p.Width-dy
		from := y*p.Width + x
		switch {
		case !lit[i]:
		case in(skin, p.Width, p.Height, x, y) && b.light(light, p, from) > shadow:
			out.Lesion[i], known[i] = p.Lesion[from], b.known[from]
			for c := range 3 {
				out.Pix[3*i+c] = toByte(float64(p.Pix[3*from+c]) / b.light(light, p, from))
			}
		default:
			bared[i] = true
		}
	}
	low := smooth(out, known)
	texture, err := b.texture(b.known, r)
	if err != nil || low == nil {
		return Picture{}, ErrNoSkin
	}
	for i := range lit {
		if !lit[i] {
			continue
		}
		by := b.light(light, p, i)
		for c := 3 * i; c < 3*i+3; c++ {
			v := float64(out.Pix[c])
			if bared[i] {
				v = float64(low[c] + texture[c])
			}
			out.Pix[c] = toByte(v * by)
		}
	}
	return out, nil
}
