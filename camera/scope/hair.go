package scope

import (
	"math"
	"math/rand/v2"
)

// hair lays a few curved hairs over the scene, all of one colour and roughly one direction.
func (c *canvas) hair(r *rand.Rand) {
	colour := [3]rgb{{0.10, 0.08, 0.07}, {0.24, 0.16, 0.11}, {0.42, 0.33, 0.24}}[r.IntN(3)]
	way := 2 * math.Pi * r.Float64()
	for range 4 + r.IntN(10) {
		turn := way + between(r, -0.5, 0.5)
		x, y := between(r, -0.9, 0.9), between(r, -0.9, 0.9)
		length, bend := between(r, 0.5, 1.4), between(r, -1.0, 1.0)
		width := between(r, 0.0022, 0.0045)
		steps := int(length * c.radius)
		for i := range steps {
			t := float64(i)/float64(steps) - 0.5
			a := turn + bend*t
			px, py := x+length*t*math.Cos(a), y+length*t*math.Sin(a)
			c.spot(px, py, width, width, colour, 0.75, 0.5)
		}
	}
}

// ruler draws millimetre marks along a straight edge at one side of the field, longer at every fifth.
func (c *canvas) ruler(r *rand.Rand) {
	turn := 2 * math.Pi * r.Float64()
	cos, sin := math.Cos(turn), math.Sin(turn)
	mm := 2 / FieldMM
	ink := rgb{0.06, 0.06, 0.08}
	line := func(x0, y0, x1, y1 float64) {
		steps := int(math.Hypot(x1-x0, y1-y0) * c.radius)
		for i := range steps + 1 {
			t := float64(i) / float64(max(1, steps))
			x, y := x0+(x1-x0)*t, y0+(y1-y0)*t
			c.spot(x*cos-y*sin, x*sin+y*cos, 0.0035, 0.0035, ink, 0.7, 0.4)
		}
	}
	const edge = 0.86
	for i := -4; i <= 4; i++ {
		length := mm * 0.5
		if i%5 == 0 {
			length = mm
		}
		line(float64(i)*mm, edge, float64(i)*mm, edge-length)
	}
	line(-4*mm, edge, 4*mm, edge)
}
