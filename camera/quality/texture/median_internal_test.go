package texture

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The median is what stands in the middle once all are sorted, with equal values among them as well.
func TestMedian(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 200; n++ {
		for _, most := range []int{2, 7, 1000} {
			v := make([]float32, n)
			for i := range v {
				v[i] = float32(r.IntN(most))
			}
			sorted := slices.Sorted(slices.Values(v))
			if got := median(slices.Clone(v)); got != sorted[n/2] {
				t.Fatalf("of %v: %v, not %v", v, got, sorted[n/2])
			}
		}
	}
}
