package texture_test

import (
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/texture"
)

func TestGrid(t *testing.T) {
	const visible = 5 // as in the profiles
	for seed := range uint64(2) {
		pix := skin(seed)
		for name, tt := range map[string]struct {
			pix    []float64
			blocks bool
		}{
			"as drawn":                {pix, false},
			"noise":                   {noisy(pix, 4, seed), false},
			"blurred":                 {blurred(pix, 2), false},
			"blocks":                  {tile(pix, 0.9, 0, 0), true},
			"blocks moved":            {tile(pix, 0.9, 3, 5), true},
			"blocks, then noise":      {noisy(tile(blurred(pix, 2), 0.95, 1, 2), 0.5, seed), true},
			"hardly any":              {tile(pix, 0.05, 0, 0), false},
			"stripes of another pace": {stripes(pix, 7), false},
			"soft stripes":            {soft(pix), false},
		} {
			if got := texture.Grid(levels(tt.pix), size, size, whole); (got > visible) != tt.blocks {
				t.Errorf("%d, %s: %.2f", seed, name, got)
			}
		}
	}
}

// stripes adds a step every pace pixels.
func stripes(pix []float64, pace int) []float64 {
	out := make([]float64, len(pix))
	for i, v := range pix {
		out[i] = v + 6*float64(i%size/pace%2)
	}
	return out
}

// soft adds slopes of two pixels, one for each block.
func soft(pix []float64) []float64 {
	out := make([]float64, len(pix))
	for i, v := range pix {
		x := i % size % 16
		out[i] = v + 4*float64(min(max(x-2, 0), 2)-min(max(x-10, 0), 2))
	}
	return out
}

// Any field, within the picture or not, and any size gives a number.
func TestGridOfOddPictures(t *testing.T) {
	for _, side := range []int{1, 2, 3, 7, 8, 9, 17} {
		for _, f := range []quality.Field{
			{Shape: quality.ShapeNone}, {Shape: quality.ShapeDisc, X: 4, Y: 4, Size: 8}, {Shape: quality.ShapeSquare, X: 100, Y: -50, Size: 30},
			{Shape: quality.ShapeSquare, X: 3, Y: 3, Size: 1e6},
		} {
			if got := texture.Grid(make([]byte, side*side), side, side, f); !(got >= 0.9 && got < 2) {
				t.Errorf("%d, %+v: %g", side, f, got)
			}
		}
	}
}
