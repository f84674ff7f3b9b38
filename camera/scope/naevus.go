package scope

import "math/rand/v2"

// naevus paints an even brown, round and symmetric lesion with a soft edge and a regular pigment network; some are a little
// atypical: two shades, a less regular outline.
func (c *canvas) naevus(r *rand.Rand, tone int) {
	atypia := max(0, between(r, -0.6, 0.8))
	s := newShape(r, between(r, 0.2, 0.42), between(r, 1, 1.35), 0.015+0.06*atypia, 0.02+0.10*atypia)
	dense, soft := between(r, 0.55, 1.2)*pigment(tone), between(r, 0.10, 0.28)
	dark, net, mesh := between(r, -0.15, 0.35), between(r, 0.06, 0.28), between(r, 26, 36)
	second := 0.35 * atypia
	n := noise(r.Uint32())
	c.paint(func(x, y float64, was rgb) rgb {
		d, u, v := s.depth(x, y)
		if d < -soft {
			return was
		}
		a := step(-soft, soft, d)
		p := dense * (1 + dark*d + second*n.at(u*1.3, v*1.3) + 0.05*n.at(u*5, v*5))
		p += net * ((n+5).ridge(x*mesh, y*mesh) + (n+9).ridge((x-y)*mesh*0.7, (x+y)*mesh*0.7) - 0.5) * (0.4 + 0.6*(1-d))
		return was.absorb(melanin, a*max(0, p))
	})
	if r.IntN(3) == 0 { // globules, evenly spread
		brown := rgb{0.25, 0.15, 0.09}
		for range 10 + r.IntN(25) {
			x, y := s.scatter(r, 0.15, 0.95)
			size := between(r, 0.006, 0.013)
			c.spot(x, y, size, size, brown, between(r, 0.25, 0.5), 0.4)
		}
	}
}
