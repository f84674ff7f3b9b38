package scope

import (
	"math"
	"math/rand/v2"
)

// shape is a closed outline around a centre: a wavy, stretched, turned circle.
type shape struct {
	x, y    float64 // centre
	size    float64 // mean radius
	stretch float64 // length over breadth
	cos     float64 // of the turn
	sin     float64
	waves   []wave
	rough   float64 // how far noise pushes the outline, as a share of size
	n       noise
}

// wave is one ripple of an outline, so many per turn; its height is split into the parts in and out of phase.
type wave struct {
	count   int
	in, out float64
}

func newWave(count int, height, phase float64) wave {
	return wave{count, height * math.Cos(phase), height * math.Sin(phase)}
}

// ripple adds up the waves, which come in rising count, in the direction of a unit vector: powers of a complex number cost
// less than a cosine for each wave and pixel.
func ripple(waves []wave, cos, sin float64) float64 {
	sum, c, s, k := 0.0, 1.0, 0.0, 0
	for _, w := range waves {
		for ; k < w.count; k++ {
			c, s = c*cos-s*sin, c*sin+s*cos
		}
		sum += w.in*c - w.out*s
	}
	return sum
}

// newShape places an outline near the middle of the field; waves from two per turn upwards with heights that fall off.
func newShape(r *rand.Rand, size, stretch, height, rough float64) shape {
	turn := 2 * math.Pi * r.Float64()
	s := shape{
		x: between(r, -0.16, 0.16), y: between(r, -0.16, 0.16), size: size, stretch: stretch,
		cos: math.Cos(turn), sin: math.Sin(turn), rough: rough, n: noise(r.Uint32()),
	}
	for k := 2; k <= 7; k++ {
		s.waves = append(s.waves, newWave(k, height*between(r, 0.3, 1)/math.Sqrt(float64(k-1)), 2*math.Pi*r.Float64()))
	}
	return s
}

// depth tells where a point lies: 1 at the centre, 0 on the outline, negative outside; and the point in the shape's own
// coordinates, turned and in units of its size.
func (s *shape) depth(x, y float64) (d, u, v float64) {
	dx, dy := x-s.x, y-s.y
	u, v = (dx*s.cos+dy*s.sin)/s.size, (dy*s.cos-dx*s.sin)/s.size
	su, sv := u/math.Sqrt(s.stretch), v*math.Sqrt(s.stretch)
	dist := math.Hypot(su, sv)
	if dist > 2.2 {
		return -1.2, u, v
	}
	edge := 1 + ripple(s.waves, su/(dist+1e-9), sv/(dist+1e-9))
	edge += s.rough * s.n.fractal(u*2.2, v*2.2, 3)
	return 1 - dist/max(0.2, edge), u, v
}

// scatter gives a point of the shape with depth from lo to hi.
func (s *shape) scatter(r *rand.Rand, lo, hi float64) (x, y float64) {
	for range 200 {
		x, y = s.x+between(r, -1.6, 1.6)*s.size, s.y+between(r, -1.6, 1.6)*s.size
		if d, _, _ := s.depth(x, y); d >= lo && d <= hi {
			return x, y
		}
	}
	return s.x, s.y
}

// lesion paints the subject's lesion.
func (c *canvas) lesion(s Subject) {
	r := s.rand("lesion")
	switch s.Kind {
	case Naevus:
		c.naevus(r, s.Tone)
	case Melanoma:
		c.melanoma(r, s.Tone)
	case Keratosis:
		c.keratosis(r, s.Tone)
	}
}

// pigment is how dense brown must be to look the same on darker skin, where less light comes back.
func pigment(tone int) float64 { return 1 + 0.08*float64(tone-1) }
