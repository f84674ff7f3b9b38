//go:build opencv

package measure

import (
	"image"

	"gocv.io/x/gocv"
)

// Mirrored light at the working scale.
const (
	glareWidth = 61  // pixels; what is bright and wider is skin
	glareAbove = 25  // luma above the darker surroundings
	glareFrom  = 225 // of each colour: mirrored light is near white
)

// findGlare marks mirrored light: near white and much brighter than what is around it. low holds the least colour of each pixel.
func (s *scene) findGlare(low gocv.Mat) error {
	var pool mats
	defer pool.free()
	hat := pool.add()
	square := pool.keep(gocv.GetStructuringElement(gocv.MorphRect, image.Pt(glareWidth, glareWidth)))
	if err := gocv.MorphologyEx(low, hat, gocv.MorphTophat, *square); err != nil {
		return failed(err)
	}
	s.glare = make([]uint8, s.w*s.h)
	least, above := low.ToBytes(), hat.ToBytes()
	for i := range s.glare {
		if s.inside[i] && least[i] >= glareFrom && above[i] >= glareAbove {
			s.glare[i] = 255
		}
	}
	return nil
}

// least gives the least of the three colours of each pixel.
func least(bgr gocv.Mat, dst *gocv.Mat) error {
	parts := gocv.Split(bgr)
	for i := range parts {
		defer free(&parts[i])
	}
	if len(parts) != 3 {
		return failed(nil)
	}
	if err := gocv.Min(parts[0], parts[1], dst); err != nil {
		return failed(err)
	}
	if err := gocv.Min(*dst, parts[2], dst); err != nil {
		return failed(err)
	}
	return nil
}
