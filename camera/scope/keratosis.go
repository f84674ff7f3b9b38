package scope

import (
	"math"
	"math/rand/v2"
)

// keratosis paints a waxy plaque with a sharp, finely scalloped border, fissures and ridges, milia-like cysts (small bright
// spots) and comedo-like openings (dark plugs). A few are flat and poor in both.
func (c *canvas) keratosis(r *rand.Rand, tone int) {
	s := newShape(r, between(r, 0.24, 0.46), between(r, 1, 1.5), 0.035, 0.05)
	s.waves = append(s.waves, newWave(11+r.IntN(9), between(r, 0.01, 0.035), 0))
	dense, edge := between(r, 0.35, 1.15)*pigment(tone), between(r, 0.012, 0.035)
	wax := rgb{0.74, 0.62, 0.44}.mix(rgb{0.56, 0.52, 0.47}, r.Float64())
	waxy, folds, fold := between(r, 0.12, 0.35), between(r, 0.15, 0.55), between(r, 5, 9)
	n := noise(r.Uint32())
	c.paint(func(x, y float64, was rgb) rgb {
		d, u, v := s.depth(x, y)
		if d < -edge {
			return was
		}
		a := step(-edge, edge, d)
		wu, wv := u+0.25*n.at(u*2, v*2), v+0.25*(n+1).at(u*2, v*2)
		p := dense*(1+0.22*n.fractal(u*2.5, v*2.5, 2)) + folds*(n+31).ridge(wu*fold, wv*fold)
		p += 0.25 * (1 - step(0, 0.12, d)) // the plaque's rim
		out := was.mix(wax.times(0.35+0.75*was[0]), waxy).absorb(melanin, max(0, p))
		return was.mix(out.times(1+0.05*(n+47).at(u*14, v*14)), a)
	})
	c.plugs(r, &s)
}

// plugs puts the openings and the cysts.
func (c *canvas) plugs(r *rand.Rand, s *shape) {
	richness := between(r, 0.25, 1)
	for range int(4 + 22*richness) {
		x, y := s.scatter(r, 0.06, 0.95)
		size := between(r, 0.009, 0.024)
		c.spot(x, y, size, size*between(r, 0.6, 1.4), rgb{0.17, 0.11, 0.07}, between(r, 0.6, 0.92), 0.2)
	}
	for range int(5 + 26*richness) {
		x, y := s.scatter(r, 0.06, 0.95)
		size := between(r, 0.007, 0.018)
		c.spot(x, y, size, size, rgb{0.95, 0.91, 0.80}, between(r, 0.45, 0.85), math.Min(0.6, 0.005/size))
	}
}
