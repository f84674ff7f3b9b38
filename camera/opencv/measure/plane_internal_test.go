//go:build opencv

package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sizes are widths and heights, single rows and columns among them.
var sizes = [][2]int{{1, 1}, {1, 40}, {40, 1}, {2, 2}, {17, 23}, {60, 31}}

// spots gives a mask with a share of its pixels set.
func spots(w, h int, share float64) []uint8 {
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	mask := make([]uint8, w*h)
	for i := range mask {
		if r.Float64() < share {
			mask[i] = 255
		}
	}
	return mask
}

// stepsTo is the shortest way between two places by straight and diagonal steps.
func stepsTo(x0, y0, x1, y1 int) float64 {
	dx, dy := math.Abs(float64(x0-x1)), math.Abs(float64(y0-y1))
	return max(dx, dy) + (math.Sqrt2-1)*min(dx, dy)
}

// TestDistance compares with every way to every pixel that is set, and to every place beyond the edge where that counts.
func TestDistance(t *testing.T) {
	for _, size := range sizes {
		w, h := size[0], size[1]
		for _, share := range []float64{0, 0.01, 0.2} {
			mask := spots(w, h, share)
			far, within := distance(mask, w, h), distanceWithin(mask, w, h, 0)
			for i := range mask {
				x, y := i%w, i/w
				want := math.Inf(1)
				for j, v := range mask {
					if v != 0 {
						want = min(want, stepsTo(x, y, j%w, j/w))
					}
				}
				if got := float64(far[i]); math.IsInf(want, 1) && got < 1e5 || !math.IsInf(want, 1) && math.Abs(got-want) > 1e-3 {
					t.Fatalf("%d by %d: pixel %d is %g off, not %g", w, h, i, got, want)
				}
				want = min(want, float64(min(x+1, y+1, w-x, h-y)))
				if got := float64(within[i]); math.Abs(got-want) > 1e-3 {
					t.Fatalf("%d by %d: pixel %d is %g off the edge, not %g", w, h, i, got, want)
				}
			}
		}
	}
}

// TestParts compares with labels that neighbours take over from each other until none changes.
func TestParts(t *testing.T) {
	for _, size := range sizes {
		w, h := size[0], size[1]
		for _, share := range []float64{0, 0.3, 0.6, 1} {
			mask := spots(w, h, share)
			want := labels(mask, w, h)
			got := make([]int, w*h)
			parts(slices.Clone(mask), w, func(part []int) {
				if part[0] != slices.Min(part) {
					t.Fatalf("%d by %d: a part begins at %d", w, h, part[0])
				}
				for _, i := range part {
					if got[i] != 0 {
						t.Fatalf("%d by %d: pixel %d comes twice", w, h, i)
					}
					got[i] = part[0] + 1
				}
			})
			if !slices.Equal(got, want) {
				t.Fatalf("%d by %d, %g set: %v, not %v", w, h, share, got, want)
			}
		}
	}
}

// labels gives each pixel that is set the least pixel that it hangs together with, counted from 1.
func labels(mask []uint8, w, h int) []int {
	of := make([]int, w*h)
	for i, v := range mask {
		if v != 0 {
			of[i] = i + 1
		}
	}
	for changed := true; changed; {
		changed = false
		for i, a := range of {
			for k, j := range [2]int{i + 1, i + w} {
				if a == 0 || k == 0 && j%w == 0 || j >= w*h || of[j] == 0 || of[i] == of[j] {
					continue
				}
				of[i], of[j] = min(of[i], of[j]), min(of[i], of[j])
				changed = true
			}
		}
	}
	return of
}
