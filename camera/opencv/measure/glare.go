//go:build opencv

package measure

import (
	"bytes"
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
	s.glare = make([]uint8, s.w*s.h)
	white, err := s.white(least)
	if err != nil || bytes.IndexByte(white, 255) < 0 {
		return err
	}
	hat := pool.add()
	square := pool.keep(gocv.GetStructuringElement(gocv.MorphRect, image.Pt(glareWidth, glareWidth)))
	if err := gocv.MorphologyEx(grey, hat, gocv.MorphTophat, *square); err != nil {
		return failed(err)
	}
	above, err := hat.DataPtrUint8()
	if err != nil {
		return failed(err)
	}
	most := int(glarePatch * math.Pi / 4 * s.size * s.size)
	parts(white, s.w, func(part []int) {
		for _, i := range part {
			if len(part) <= most && above[i] >= glareAbove {
				s.glare[i] = 255
			}
		}
	})
	return nil
}

// white gives the mask of the field's pixels that are bright and near white.
func (s *scene) white(least gocv.Mat) ([]uint8, error) {
	low, err := least.DataPtrUint8()
	if err != nil {
		return nil, failed(err)
	}
	white := make([]uint8, s.w*s.h)
	for i, v := range s.grey {
		if v >= glareFrom && s.inside[i] && low[i] >= glareLeast {
			white[i] = 255
		}
	}
	return white, nil
}
