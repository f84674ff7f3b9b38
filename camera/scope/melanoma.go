package scope

import (
	"math"
	"math/rand/v2"
)

// melanoma paints an asymmetric lesion of several lobes with an irregular border, areas of light brown to black, a
// blue-white veil, red and pale areas, and dots and globules of uneven size towards one side. Severity runs from hardly
// told from an atypical naevus to plain.
func (c *canvas) melanoma(r *rand.Rand, tone int) {
	severity := between(r, 0.35, 1)
	main := newShape(r, between(r, 0.26, 0.46), between(r, 1.05, 1.6), 0.03+0.10*severity, 0.08+0.22*severity)
	lobe := main
	lobe.size *= between(r, 0.45, 0.75)
	away := 2 * math.Pi * r.Float64()
	shift := main.size * between(r, 0.4, 0.8) * severity
	lobe.x, lobe.y, lobe.n = main.x+shift*math.Cos(away), main.y+shift*math.Sin(away), noise(r.Uint32())
	m := mottle{
		n: noise(r.Uint32()), severity: severity, dense: between(r, 0.8, 1.35) * pigment(tone),
		sharp: 2 * math.Pi * r.Float64(), size: between(r, 1.2, 2.2), mesh: between(r, 14, 26),
	}
	c.paint(func(x, y float64, was rgb) rgb {
		d, u, v := main.depth(x, y)
		if e, _, _ := lobe.depth(x, y); e > d {
			d = e
		}
		return m.over(was, d, u, v, x, y)
	})
	c.veil(r, &main, severity)
	c.dots(r, &main, severity)
}

// mottle is the uneven colour of a melanoma.
type mottle struct {
	n        noise
	severity float64
	dense    float64
	sharp    float64 // direction in which the border ends abruptly
	size     float64 // of the areas, in lesions
	mesh     float64 // of the broken network
}

func (m *mottle) over(was rgb, d, u, v, x, y float64) rgb {
	side := 0.5 + 0.5*math.Cos(math.Atan2(v, u)-m.sharp)
	soft := 0.03 + 0.18*(1-side)
	if d < -soft {
		return was
	}
	a := step(-soft, soft, d)
	areas := m.n.fractal(u*m.size, v*m.size, 3) * 1.8
	p := m.dense * (1 + m.severity*0.9*areas)
	p += 0.45 * m.severity * (m.n+3).ridge(x*m.mesh, y*m.mesh) * step(0, 0.4, (m.n+77).at(u*1.7, v*1.7))
	red := m.severity * 0.8 * step(0.15, 0.6, (m.n+201).at(u*1.6, v*1.6))
	pale := m.severity * 0.5 * step(0.35, 0.7, (m.n+307).at(u*1.8, v*1.8))
	out := was.absorb(melanin, a*max(0.08, p*(1-0.5*red)*(1-pale)))
	return out.absorb(blood, a*red).mix(rgb{0.86, 0.78, 0.75}.times(was[0]), a*pale*0.4)
}

// veil lays a blue-white haze over part of the lesion, off its centre.
func (c *canvas) veil(r *rand.Rand, s *shape, severity float64) {
	if r.Float64() > 0.35+0.6*severity {
		return
	}
	blue := rgb{between(r, 0.36, 0.46), between(r, 0.42, 0.50), between(r, 0.52, 0.62)}
	x, y := s.scatter(r, 0.25, 0.8)
	reach, share, n := s.size*between(r, 0.3, 0.55), between(r, 0.35, 0.7)*(0.4+0.6*severity), noise(r.Uint32())
	c.paint(func(px, py float64, was rgb) rgb {
		far := math.Hypot(px-x, py-y)/reach + 0.35*n.fractal(px*7, py*7, 2)
		if far > 1 {
			return was
		}
		inside, _, _ := s.depth(px, py)
		return was.mix(blue.times(0.55+0.6*was[0]), share*(1-step(0.4, 1, far))*step(0, 0.2, inside))
	})
}

// dots puts dark dots and globules, uneven and mostly on one side.
func (c *canvas) dots(r *rand.Rand, s *shape, severity float64) {
	ax, ay := s.scatter(r, 0.0, 0.4)
	for range int(8 + 40*severity*r.Float64()) {
		x, y := s.scatter(r, -0.05, 0.6)
		if r.Float64() < 0.7 { // drawn to one side
			x, y = x+(ax-x)*0.5, y+(ay-y)*0.5
		}
		size := between(r, 0.004, 0.017)
		c.spot(x, y, size, size*between(r, 0.7, 1.3), rgb{0.10, 0.07, 0.07}, between(r, 0.45, 0.9), 0.3)
	}
}
