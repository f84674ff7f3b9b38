package degrade

import (
	"math"
	"math/rand/v2"
)

// lamp is one mirrored spot: an oval whose size all spots share.
type lamp struct{ x, y, rx, ry, turn float64 }

// white is what the sensor makes of mirrored light: just short of its end, as cameras keep it.
const white = 254

// glare lays one to three mirrored lamps with soft edges over the lesion until they cover the share of it. A pixel is covered where
// the light hides nine tenths of the skin.
func glare(p Picture, share float64, r *rand.Rand) (Picture, error) {
	in := p.field(1)
	n, err := p.hasLesion(in)
	if err != nil {
		return Picture{}, err
	}
	lamps := make([]lamp, 1+r.IntN(3))
	for i := range lamps {
		x, y := somewhere(p, in, n, r)
		long := 1 + 1.2*r.Float64()
		lamps[i] = lamp{x, y, (0.6 + 0.8*r.Float64()) * long, 0.6 + 0.8*r.Float64(), math.Pi * r.Float64()}
	}
	covered := func(size float64) float64 {
		k := 0
		for i, l := range p.Lesion {
			if l && in[i] && veil(lamps, size, i%p.Width, i/p.Width) >= 0.9 {
				k++
			}
		}
		return float64(k) / float64(n)
	}
	lo, hi := 0.0, p.size()
	for range 24 {
		if mid := (lo + hi) / 2; covered(mid) < share {
			lo = mid
		} else {
			hi = mid
		}
	}
	out := p.plain()
	for i := range in {
		a := 0.0
		if in[i] {
			a = veil(lamps, hi, i%p.Width, i/p.Width)
		}
		for c := 3 * i; a > 0 && c < 3*i+3; c++ {
			v := float64(out.Pix[c])
			out.Pix[c] = toByte(v + (max(v, white)-v)*a)
		}
	}
	return out, nil
}

// veil gives how much of the skin the lamps hide at a pixel, 0 to 1: all within their size, nothing from one and a half of it.
func veil(lamps []lamp, size float64, x, y int) (a float64) {
	for _, l := range lamps {
		dx, dy := float64(x)+0.5-l.x, float64(y)+0.5-l.y
		if reach := 1.5 * size * max(l.rx, l.ry); math.Abs(dx) > reach || math.Abs(dy) > reach {
			continue
		}
		cos, sin := math.Cos(l.turn), math.Sin(l.turn)
		u, v := (dx*cos+dy*sin)/(size*l.rx), (dy*cos-dx*sin)/(size*l.ry)
		a = max(a, 1-step(1, 1.5, math.Hypot(u, v)))
	}
	return a
}

// somewhere gives the middle of a pixel of the lesion, of which there are n in the field, by chance.
func somewhere(p Picture, in []bool, n int, r *rand.Rand) (x, y float64) {
	k := r.IntN(n)
	for i, l := range p.Lesion {
		if !l || !in[i] {
			continue
		}
		if k == 0 {
			return float64(i%p.Width) + 0.5, float64(i/p.Width) + 0.5
		}
		k--
	}
	return 0, 0
}
