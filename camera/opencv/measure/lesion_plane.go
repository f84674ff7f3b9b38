//go:build opencv

package measure

import "bytes"

// spread sets what hangs together, edge to edge, with pixel at and is as it to another value, and gives each run of a row that it
// sets: the first pixel, and the one after the last.
func spread(set []uint8, at, w int, to uint8, run func(lo, hi int)) {
	from, stack := set[at], []int{at}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if set[i] != from {
			continue
		}
		row, lo, hi := i-i%w, i, i+1
		for lo > row && set[lo-1] == from {
			lo--
		}
		for hi < row+w && set[hi] == from {
			hi++
		}
		fill(set[lo:hi], to)
		run(lo, hi)
		if row > 0 {
			stack = starts(stack, set[lo-w:hi-w], lo-w, from)
		}
		if row+w < len(set) {
			stack = starts(stack, set[lo+w:hi+w], lo+w, from)
		}
	}
}

// starts adds the first pixel of each run of a value in a part of a row that begins at a pixel.
func starts(stack []int, part []uint8, begin int, value uint8) []int {
	before := false
	for k, v := range part {
		is := v == value
		if is && !before {
			stack = append(stack, begin+k)
		}
		before = is
	}
	return stack
}

func fill(part []uint8, value uint8) {
	for k := range part {
		part[k] = value
	}
}

// taken is what parts leaves of a mask's pixels.
const taken = 1

// parts gives each connected part of the pixels of a mask that are 255, once, and leaves them taken; the slice is lent, and its first
// pixel is the first in the mask.
func parts(mask []uint8, w int, give func(part []int)) {
	var part []int
	add := func(lo, hi int) {
		for i := lo; i < hi; i++ {
			part = append(part, i)
		}
	}
	for i := 0; ; i++ {
		next := bytes.IndexByte(mask[i:], 255)
		if next < 0 {
			return
		}
		i += next
		part = part[:0]
		spread(mask, i, w, taken, add)
		give(part)
	}
}
