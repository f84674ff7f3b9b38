package texture

import (
	"math"
	"slices"

	"dermbox/camera/quality"
)

// The grid of a JPEG's blocks.
const (
	cell   = 8    // pixels of a block's side
	steep  = 8    // luma; a step that is higher belongs to the picture
	ground = 0.05 // luma; keeps the ratio of a picture without any steps finite
	every  = 3    // of so many lines one is looked at in large pictures
	large  = 512  // pixels
)

// Grid tells how much steeper the borders of an encoder's blocks are than what lies within them: near 1 without a grid, more than
// ten for blocks that anyone sees. The grid may lie anywhere, since a picture may have been cut after it was encoded; it
// must be as wide as the encoder made it, so the whole picture is asked for, not a reduced one. The field's inside counts.
func Grid(grey []byte, width, height int, f quality.Field) float64 {
	box := within(f, width, height)
	across := ratio(steps(grey, box, 1, width))
	down := ratio(steps(grey, area{box.y0, box.y1, box.x0, box.x1}, width, 1))
	return math.Sqrt(across * down)
}

// area is a part of a picture in pixels, ends excluded: x along the line that is walked.
type area struct{ x0, x1, y0, y1 int }

// within gives the square in the field's middle.
func within(f quality.Field, width, height int) area {
	half := f.Size / 2
	if f.Shape == quality.ShapeNone {
		return area{0, width, 0, height}
	}
	if f.Shape == quality.ShapeDisc {
		half *= math.Sqrt2 / 2
	}
	return area{max(0, int(f.X-half)), min(width, int(f.X+half)), max(0, int(f.Y-half)), min(height, int(f.Y+half))}
}

// steps gives, for each of the eight places of a grid, how far the steps there rise above both of their neighbours, as a mean
// in luma. next is the way from one pixel to the next of a line, line that from one line to the next.
func steps(grey []byte, box area, next, line int) (mean [cell]float64) {
	var sum, n [cell]int
	pace := 1
	if box.x1-box.x0 > large {
		pace = every
	}
	for y := box.y0; y < box.y1; y += pace {
		at := y*line + box.x0*next
		if box.x1-box.x0 < 4 {
			break
		}
		before, here := apart(grey, at, next), apart(grey, at+next, next)
		for x := box.x0 + 2; x+1 < box.x1; x++ {
			after := apart(grey, at+(x-box.x0)*next, next)
			sum[x%cell] += min(steep, max(0, here-max(before, after)))
			n[x%cell]++
			before, here = here, after
		}
	}
	for i := range mean {
		mean[i] = float64(sum[i]) / float64(max(1, n[i]))
	}
	return mean
}

// apart is how far a pixel is from the next.
func apart(grey []byte, at, next int) int {
	d := int(grey[at]) - int(grey[at+next])
	return max(d, -d)
}

// ratio holds the steepest place against the others.
func ratio(mean [cell]float64) float64 {
	slices.Sort(mean[:])
	return (mean[cell-1] + ground) / (mean[cell/2-1] + ground)
}
