package scope

import "math"

// noise is smooth value noise over the plane, from -1 to 1, fixed by its seed.
type noise uint32

// at gives the noise at a point; features are about one unit across.
func (n noise) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := uint32(int32(fx)), uint32(int32(fy))
	u, v := ease(x-fx), ease(y-fy)
	a, b := n.lattice(ix, iy), n.lattice(ix+1, iy)
	c, d := n.lattice(ix, iy+1), n.lattice(ix+1, iy+1)
	top, bottom := a+(b-a)*u, c+(d-c)*u
	return top + (bottom-top)*v
}

// fractal adds octaves, each of half the size and half the height of the one before; about -1 to 1.
func (n noise) fractal(x, y float64, octaves int) float64 {
	sum, height, total := 0.0, 1.0, 0.0
	for i := range octaves {
		sum += height * (n+noise(i)*7919).at(x, y)
		total += height
		x, y, height = x*2+17.3, y*2-9.1, height/2
	}
	return sum / total
}

// ridge is 1 on a net of thin lines and falls to 0 between them.
func (n noise) ridge(x, y float64) float64 {
	v := 1 - math.Abs(n.at(x, y))*2
	if v < 0 {
		return 0
	}
	return v * v
}

func (n noise) lattice(x, y uint32) float64 {
	h := x*0x9e3779b1 ^ y*0x85ebca77 ^ uint32(n)*0xc2b2ae3d
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(int32(h)) / (1 << 31)
}

func ease(t float64) float64 { return t * t * (3 - 2*t) }

// step rises smoothly from 0 at lo to 1 at hi.
func step(lo, hi, v float64) float64 {
	switch t := (v - lo) / (hi - lo); {
	case t <= 0:
		return 0
	case t >= 1:
		return 1
	default:
		return ease(t)
	}
}
