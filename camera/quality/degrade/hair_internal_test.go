package degrade

import (
	"math"
	"math/rand/v2"
	"testing"

	"dermbox/camera/quality"
)

func TestHairCoversItsShare(t *testing.T) {
	const side = 200
	p := Picture{Width: side, Height: side, Pix: make([]byte, 3*side*side), Lesion: make([]bool, side*side), Field: quality.Field{Shape: quality.ShapeNone}}
	n := 0.0
	for i := range p.Lesion {
		if p.Lesion[i] = math.Hypot(float64(i%side)-100, float64(i/side)-90) < 45; p.Lesion[i] {
			n++
		}
	}
	for seed := range uint64(4) {
		for _, want := range []float64{0.05, 0.15, 0.3} {
			c, err := grown(p, want, rand.New(rand.NewPCG(seed, 1)))
			if err != nil {
				t.Fatal(err)
			}
			hidden, dense := 0.0, 0.0
			for i, a := range c.alpha {
				dense = max(dense, float64(a))
				if a >= 0.5 && p.Lesion[i] {
					hidden++
				}
			}
			if math.Abs(hidden/n-want) > 0.005 || dense < 0.6 {
				t.Errorf("seed %d: hair hides %.4f, not %v, with at most %.2f of a pixel", seed, hidden/n, want, dense)
			}
		}
	}
}
