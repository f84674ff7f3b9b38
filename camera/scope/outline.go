package scope

import (
	"image"
	"math"
)

// Outlined paints the subject as Draw does and says for each pixel, rows from the top, whether the lesion was painted over it: the truth
// that a lesion's mask can be held against. Hair, ruler and light come later and are not of the lesion.
func Outlined(s Subject, width, height int) (img *image.RGBA, lesion []bool) {
	return paint(s, width, height, true)
}

// Expose gives a copy of a scene with the noise of the camera's sensor, as Photograph does: what happens before the sensor, as blur does,
// must not take its noise away.
func Expose(s Subject, scene *image.RGBA) *image.RGBA {
	r := s.rand("exposure")
	return newSensor(r).expose(scene, r)
}

// told is the least change of a colour, of 1, that counts as lesion.
const told = 0.02

// changed says which pixels of the canvas are others than before.
func (c *canvas) changed(before []rgb) []bool {
	if before == nil {
		return nil
	}
	out := make([]bool, len(c.px))
	for i, p := range c.px {
		for k := range p {
			out[i] = out[i] || math.Abs(p[k]-before[i][k]) > told
		}
	}
	return out
}

// place puts what is marked on the canvas into a picture, as put does with its colours.
func (c *canvas) place(marked []bool, width, height, cx, cy int) []bool {
	if marked == nil {
		return nil
	}
	out := make([]bool, width*height)
	for i, m := range marked {
		x, y := cx-c.side/2+i%c.side, cy-c.side/2+i/c.side
		if m && x >= 0 && y >= 0 && x < width && y < height {
			out[y*width+x] = true
		}
	}
	return out
}
