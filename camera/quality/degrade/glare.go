package degrade

import (
	"math"
	"math/rand/v2"
	"slices"
)

// lamp is one mirrored spot: an oval whose size all spots share, and the direction in which it is turned.
type lamp struct{ x, y, rx, ry, cos, sin float64 }

// How bright a lamp is at a distance from its middle, in units of its size: all within 1, nothing from 1.5. Nine tenths of the skin are
// hidden up to coveredTo.
const (
	fullTo    = 1.0
	nothingAt = 1.5
	coveredTo = 1.0979 // where a smooth step from 1 to 1.5 has fallen by a tenth
)

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
		long, turn := 1+1.2*r.Float64(), math.Pi*r.Float64()
		lamps[i] = lamp{x, y, (0.6 + 0.8*r.Float64()) * long, 0.6 + 0.8*r.Float64(), math.Cos(turn), math.Sin(turn)}
	}
	size := sizeFor(p, in, lamps, int(math.Round(share*float64(n))))
	out := p.plain()
	for i := range in {
		if !in[i] {
			continue
		}
		d := far(lamps, i%p.Width, i/p.Width)
		if d >= nothingAt*size {
			continue
		}
		a := 1 - step(fullTo, nothingAt, d/size)
		for c := 3 * i; c < 3*i+3; c++ {
			v := float64(out.Pix[c])
			out.Pix[c] = toByte(v + (max(v, white)-v)*a)
		}
	}
	return out, nil
}

// sizeFor gives the size at which the lamps cover so many of the lesion's pixels.
func sizeFor(p Picture, in []bool, lamps []lamp, covered int) float64 {
	var distances []float64
	for i, l := range p.Lesion {
		if l && in[i] {
			distances = append(distances, far(lamps, i%p.Width, i/p.Width))
		}
	}
	slices.Sort(distances)
	return distances[max(0, min(len(distances)-1, covered-1))]/coveredTo + 1e-9
}

// far gives how far a pixel is from the nearest lamp, in pixels over the lamp's own length and breadth.
func far(lamps []lamp, x, y int) float64 {
	d := math.Inf(1)
	for _, l := range lamps {
		dx, dy := float64(x)+0.5-l.x, float64(y)+0.5-l.y
		u, v := (dx*l.cos+dy*l.sin)/l.rx, (dy*l.cos-dx*l.sin)/l.ry
		d = min(d, u*u+v*v)
	}
	return math.Sqrt(d)
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
