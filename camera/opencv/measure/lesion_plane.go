//go:build opencv

package measure

import (
	"math"
	"slices"
)

// flood visits what hangs together, edge to edge, with pixel at and may be visited.
func flood(at, w, h int, may func(i int) bool, visit func(i int)) {
	if !may(at) {
		return
	}
	visit(at)
	stack := []int{at}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x := i % w
		for k, j := range [4]int{i - 1, i + 1, i - w, i + w} {
			if k == 0 && x == 0 || k == 1 && x == w-1 || j < 0 || j >= w*h || !may(j) {
				continue
			}
			visit(j)
			stack = append(stack, j)
		}
	}
}

// parts gives each connected part of the pixels that are in, once; the slice is lent.
func (s *scene) parts(in func(i int) bool, give func(part []int)) {
	seen := make([]bool, s.w*s.h)
	var part []int
	for i := range seen {
		if seen[i] || !in(i) {
			continue
		}
		part = part[:0]
		flood(i, s.w, s.h, func(j int) bool { return !seen[j] && in(j) }, func(j int) {
			seen[j] = true
			part = append(part, j)
		})
		give(part)
	}
}

// distance gives each pixel's distance in pixels from the nearest one that is set, by two sweeps with steps of 1 and the root
// of 2, some 4 % too far at worst. Where none is set it is as good as endless.
func distance(set []uint8, w, h int) []float32 {
	const endless = math.MaxFloat32 / 4
	out := make([]float32, w*h)
	if !slices.ContainsFunc(set, func(v uint8) bool { return v != 0 }) {
		for i := range out {
			out[i] = endless
		}
		return out
	}
	wide := w + 2 // with a border, so that no sweep looks for the picture's edge
	far := make([]float32, wide*(h+2))
	for i := range far {
		far[i] = endless
	}
	for i, v := range set {
		if v != 0 {
			far[(i/w+1)*wide+i%w+1] = 0
		}
	}
	for y := 1; y <= h; y++ {
		sweep(far[y*wide:][:wide], far[(y-1)*wide:][:wide])
	}
	slices.Reverse(far)
	for y := 1; y <= h; y++ {
		sweep(far[y*wide:][:wide], far[(y-1)*wide:][:wide])
	}
	slices.Reverse(far)
	for y := range h {
		copy(out[y*w:][:w], far[(y+1)*wide+1:])
	}
	return out
}

// sweep brings a row's distances down by the row above and the pixel before.
func sweep(row, above []float32) {
	for x := 1; x < len(row)-1; x++ {
		row[x] = min(row[x], row[x-1]+1, above[x]+1, above[x-1]+math.Sqrt2, above[x+1]+math.Sqrt2)
	}
}
