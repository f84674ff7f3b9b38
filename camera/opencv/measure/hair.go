//go:build opencv

package measure

import (
	"math"

	"gocv.io/x/gocv"
)

// What counts as hair at the working scale.
const (
	darkLine   = 0.030 // bend of the light across a dark line, as a share of the light around it
	brightLine = 0.045 // of a bright one, which a scale or a furrow's crest may be too
	faintPart  = 0.5   // of either while a line is followed, and beside it
	hairSpan   = 28    // pixels that a line goes on
	hairGap    = 4     // pixels in a row that may be missing: where it crosses another
	hairFull   = 0.7   // share of its pixels that must be there
)

// findHair marks hair, ruler's marks and other thin lines: dark ones in the red, where pigment and its net are faintest, and bright
// ones in the blue, where grey hair stands out on brown. A line is followed along its own direction: a net's turns too soon.
func (s *scene) findHair(blue, red gocv.Mat) error {
	s.hair = make([]uint8, s.w*s.h)
	r := newRidges(s.w, s.h)
	if err := r.find(red, 1); err != nil {
		return err
	}
	s.markHair(r, darkLine)
	if err := r.find(blue, -1); err != nil {
		return err
	}
	s.markHair(r, brightLine)
	return nil
}

// markHair marks the ridges that go on for long enough, and what is faint beside them.
func (s *scene) markHair(r *ridges, from float32) {
	line := make([]uint8, s.w*s.h)
	for i, v := range r.line {
		if v >= from && r.span(i, faintPart*from) >= hairSpan {
			line[i] = 255
		}
	}
	for i, v := range line {
		if v != 0 {
			s.hair[i] = 255
			s.markBeside(i, r, faintPart*from)
		}
	}
}

// markBeside marks those of a pixel's eight neighbours that are strong enough.
func (s *scene) markBeside(i int, r *ridges, from float32) {
	cy := i / s.w
	cx := i - cy*s.w
	for y := max(0, cy-1); y <= min(s.h-1, cy+1); y++ {
		for x := max(0, cx-1); x <= min(s.w-1, cx+1); x++ {
			if j := y*s.w + x; r.strength[j] >= from {
				s.hair[j] = 255
			}
		}
	}
}

// ridges tells for each pixel how sharply the light bends across a line there, and which way the line goes.
type ridges struct {
	w, h     int
	strength []float32 // the second derivative across, as a share of the light around; 0 for none
	line     []float32 // the same, but 0 at an edge, which is as dark on one side
	cos, sin []float32 // of the line's direction
}

// span gives how many pixels a line goes on through a pixel, both ways; 0 where too much of it is missing.
func (r *ridges) span(at int, from float32) int {
	ahead, found := r.follow(at, 1, from)
	back, more := r.follow(at, -1, from)
	span := ahead + back
	if float64(found+more) < hairFull*float64(span) {
		return 0
	}
	return span
}

// follow goes along a line one way, turning with it, and gives how far it goes, no further than a whole span, and on how many
// of those pixels it is there.
func (r *ridges) follow(at int, way, from float32) (far, found int) {
	x, y := float32(at%r.w)+0.5, float32(at/r.w)+0.5
	u, v := way*r.cos[at], way*r.sin[at]
	for n := 1; n <= hairSpan && n-far <= hairGap; n++ {
		x, y = x+u, y+v
		if x < 0 || y < 0 || int(x) >= r.w || int(y) >= r.h {
			break
		}
		i := int(y)*r.w + int(x)
		along := u*r.cos[i] + v*r.sin[i]
		if r.line[i] < from || along < 0.9 && along > -0.9 {
			continue
		}
		far, found = n, found+1
		side := float32(1)
		if along < 0 {
			side = -1
		}
		u, v = 0.75*u+0.25*side*r.cos[i], 0.75*v+0.25*side*r.sin[i]
		length := float32(math.Sqrt(float64(u*u + v*v)))
		u, v = u/length, v/length
	}
	return far, found
}
