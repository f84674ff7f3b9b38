//go:build opencv

package measure

import (
	"image"

	"gocv.io/x/gocv"
)

// The working copy's tidying, in its pixels.
const (
	hairWidth  = 9 // dark things narrower than this vanish
	glintWidth = 5 // so do bright ones
	tidySigma  = 2 // what is left of both, and noise, is smoothed
)

// tidy keeps the colours without thin dark and bright things: hair, ruler's marks, glints.
func (s *scene) tidy(bgr gocv.Mat) error {
	var pool mats
	defer pool.free()
	clean := pool.add()
	if err := morph(bgr, clean, gocv.MorphClose, hairWidth); err != nil {
		return err
	}
	if err := morph(*clean, clean, gocv.MorphOpen, glintWidth); err != nil {
		return err
	}
	if err := gocv.GaussianBlur(*clean, clean, image.Point{}, tidySigma, tidySigma, gocv.BorderReplicate); err != nil {
		return failed(err)
	}
	if err := gocv.CvtColor(*clean, clean, gocv.ColorBGRToLab); err != nil {
		return failed(err)
	}
	s.lab = clean.ToBytes()
	return nil
}

// morph closes or opens with a round element.
func morph(src gocv.Mat, dst *gocv.Mat, op gocv.MorphType, size int) error {
	round := gocv.GetStructuringElement(gocv.MorphEllipse, image.Pt(size, size))
	defer free(&round)
	if err := gocv.MorphologyEx(src, dst, op, round); err != nil {
		return failed(err)
	}
	return nil
}
