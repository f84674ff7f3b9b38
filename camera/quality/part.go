package quality

import (
	"fmt"
	"image"
)

// Part says which part of a picture is looked at.
type Part string

// The parts of a picture.
const (
	Whole Part = ""
	// Square is the largest square in the middle: how photographs of old data sets lie in the frames of the simulated dermatoscope.
	// What is beside it is no part of the photograph, and no rim.
	Square Part = "square"
)

// Check gives an error for a part that does not exist.
func (p Part) Check() error {
	if p != Whole && p != Square {
		return fmt.Errorf("part is neither left out nor %s", Square)
	}
	return nil
}

// In gives the part of a picture of a size in pixels. A picture that is a square is its own.
func (p Part) In(width, height int) image.Rectangle {
	if p != Square {
		return image.Rect(0, 0, width, height)
	}
	side := min(width, height)
	x, y := (width-side)/2, (height-side)/2
	return image.Rect(x, y, x+side, y+side)
}
