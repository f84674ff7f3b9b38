//go:build opencv

package measure

import (
	"image"
	"math"

	"gocv.io/x/gocv"
)

// Mirrored light at the working scale.
const (
	glareWidth = 61   // pixels; what is bright and wider is skin
	glareAbove = 25   // luma above the darker surroundings
	glareFrom  = 228  // luma
	glareLeast = 195  // of each colour: mirrored light is near white
	glarePatch = 0.08 // share of the field; what is bright and larger is skin that the light bleached
)

// findGlare marks mirrored light: near white, much brighter than what is around it, and no more than a patch. least holds the
// least colour of each pixel.
func (s *scene) findGlare(grey, least gocv.Mat) error {
	var pool mats
	defer pool.free()
	hat := pool.add()
	square := pool.keep(gocv.GetStructuringElement(gocv.MorphRect, image.Pt(glareWidth, glareWidth)))
	if err := gocv.MorphologyEx(grey, hat, gocv.MorphTophat, *square); err != nil {
		return failed(err)
	}
	s.glare = make([]uint8, s.w*s.h)
	low, above := least.ToBytes(), hat.ToBytes()
	white := func(i int) bool { return s.inside[i] && s.grey[i] >= glareFrom && low[i] >= glareLeast }
	most := int(glarePatch * math.Pi / 4 * s.size * s.size)
	s.parts(white, func(part []int) {
		for _, i := range part {
			if len(part) <= most && above[i] >= glareAbove {
				s.glare[i] = 255
			}
		}
	})
	return nil
}
