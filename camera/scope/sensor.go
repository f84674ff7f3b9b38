package scope

import (
	"image"
	"math/rand/v2"
)

// grain is the spread of the sensor's noise, in steps of 255.
const grain = 1.4

// sensor adds the camera's noise to pictures. It holds a table of drawn values, since drawing millions afresh would take
// longer than encoding.
type sensor struct{ table []int8 }

func newSensor(r *rand.Rand) *sensor {
	s := &sensor{table: make([]int8, 1<<17)}
	for i := range s.table {
		s.table[i] = int8(max(-9, min(9, r.NormFloat64()*grain)))
	}
	return s
}

// expose gives a copy of the picture with fresh noise, the same in the three colours as after a camera's own smoothing;
// each row begins at a random place in the table.
func (s *sensor) expose(img *image.RGBA, r *rand.Rand) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	width := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		values := s.table[r.IntN(len(s.table)-width):][:width]
		from, to := img.Pix[y*img.Stride:][:4*width], out.Pix[y*out.Stride:][:4*width]
		for x, n := range values {
			to[4*x], to[4*x+1], to[4*x+2] = clamp(from[4*x], n), clamp(from[4*x+1], n), clamp(from[4*x+2], n)
			to[4*x+3] = 255
		}
	}
	return out
}

func clamp(v byte, n int8) byte { return byte(max(0, min(255, int(v)+int(n)))) }
