package degrade_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mole is a skin-coloured picture with some texture and a round brown lesion, in a disc or a whole square.
func mole(side int, shape string) degrade.Picture {
	r := rand.New(rand.NewPCG(1, 2))
	p := degrade.Picture{Width: side, Height: side, Pix: make([]byte, 3*side*side), Lesion: make([]bool, side*side),
		Field: quality.Field{Shape: shape, X: float64(side) / 2, Y: float64(side) / 2, Size: float64(side)}}
	for i := range side * side {
		x, y := float64(i%side)+0.5-float64(side)/2, float64(i/side)+0.5-float64(side)/2
		c, noise := [3]float64{205, 160, 140}, 8*r.NormFloat64()
		if p.Lesion[i] = math.Hypot(x-float64(side)/20, y) < 0.2*float64(side); p.Lesion[i] {
			c = [3]float64{110, 70, 55}
		}
		if shape == quality.ShapeDisc && math.Hypot(x, y) > float64(side)/2 {
			c, noise = [3]float64{4, 4, 4}, 0
		}
		for k := range c {
			p.Pix[3*i+k] = byte(max(0, min(255, c[k]+noise)))
		}
	}
	return p
}

// spoil spoils a picture that allows it.
func spoil(t testing.TB, p degrade.Picture, f degrade.Fault) degrade.Picture {
	t.Helper()
	out, err := degrade.Spoil(p, f)
	if err != nil {
		t.Fatalf("%s %v: %v", f.Kind, f.Amount, err)
	}
	return out
}
