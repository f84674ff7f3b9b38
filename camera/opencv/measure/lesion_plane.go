//go:build opencv

package measure

import "math"

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
// of 2, some 4 % too far at worst. Where none is set it is endless.
func distance(set []uint8, w, h int) []float32 {
	far := make([]float32, w*h)
	for i, v := range set {
		if v == 0 {
			far[i] = float32(math.Inf(1))
		}
	}
	for i := range far {
		relax(far, i, w, -1)
	}
	for i := len(far) - 1; i >= 0; i-- {
		relax(far, i, w, 1)
	}
	return far
}

// relax takes the way over the four neighbours that a sweep has behind it: before i for way -1, after it for 1.
func relax(far []float32, i, w, way int) {
	x := i % w
	least := far[i]
	try := func(dx, dy int, step float32) {
		j := i + way*(dy*w+dx)
		if nx := x + way*dx; nx >= 0 && nx < w && j >= 0 && j < len(far) {
			least = min(least, far[j]+step)
		}
	}
	try(1, 0, 1)
	try(-1, 1, math.Sqrt2)
	try(0, 1, 1)
	try(1, 1, math.Sqrt2)
	far[i] = least
}
