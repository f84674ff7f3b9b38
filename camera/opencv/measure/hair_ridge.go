//go:build opencv

package measure

import (
	"image"
	"math"

	"gocv.io/x/gocv"
)

// The ridges' smoothing in working pixels, and what is added to the light around, so that noise in the dark is no line.
const (
	ridgeSigma  = 1.2
	ridgeSteps  = 16 // for each step of luma, since whole ones are too coarse for a second derivative
	aroundPX    = 15
	aroundExtra = 12
)

// A line is parted from an edge by both its sides: so many pixels off it is so much brighter, or darker, as a share of the light
// around.
const (
	sidePX    = 3
	sideDepth = 0.04
)

func newRidges(w, h int) *ridges {
	plane := func() []float32 { return make([]float32, w*h) }
	return &ridges{w: w, h: h, strength: plane(), line: plane(), cos: plane(), sin: plane()}
}

// find finds dark lines (sign 1) or bright ones (-1) in one colour, by the larger curvature of the smoothed picture. What was found before
// is gone.
func (r *ridges) find(colour gocv.Mat, sign float64) error {
	var pool mats
	defer pool.free()
	smooth, around := pool.add(), pool.add()
	if err := colour.ConvertToWithParams(smooth, gocv.MatTypeCV16S, ridgeSteps, 0); err != nil {
		return failed(err)
	}
	if err := gocv.GaussianBlur(*smooth, smooth, image.Point{}, ridgeSigma, ridgeSigma, gocv.BorderReplicate); err != nil {
		return failed(err)
	}
	if err := gocv.Blur(colour, around, image.Pt(aroundPX, aroundPX)); err != nil {
		return failed(err)
	}
	var second [3][]int16
	for k, d := range [3][2]int{{2, 0}, {0, 2}, {1, 1}} {
		bend := pool.add()
		if err := gocv.Sobel(*smooth, bend, gocv.MatTypeCV16S, d[0], d[1], 3, 1, 0, gocv.BorderReplicate); err != nil {
			return failed(err)
		}
		values, err := bend.DataPtrInt16()
		if err != nil {
			return failed(err)
		}
		second[k] = values
	}
	light, err := around.DataPtrUint8()
	if err != nil {
		return failed(err)
	}
	values, err := smooth.DataPtrInt16()
	if err != nil {
		return failed(err)
	}
	r.curve(second, light, sign)
	r.dropEdges(values, light, sign)
	return nil
}

// dropEdges clears what is no line, since one of its sides is as dark, or as bright for sign -1.
func (r *ridges) dropEdges(smooth []int16, light []uint8, sign float64) {
	copy(r.line, r.strength)
	for i, v := range r.line {
		if v == 0 {
			continue
		}
		dx, dy := int(math.Round(float64(-sidePX*r.sin[i]))), int(math.Round(float64(sidePX*r.cos[i])))
		least := sideDepth * ridgeSteps * (float64(light[i]) + aroundExtra)
		cy := i / r.w
		cx := i - cy*r.w
		for _, way := range [2]int{1, -1} {
			x, y := min(max(cx+way*dx, 0), r.w-1), min(max(cy+way*dy, 0), r.h-1)
			if sign*float64(smooth[y*r.w+x]-smooth[i]) < least {
				r.line[i] = 0
			}
		}
	}
}

// flat tells, without a root, that a pixel's curvature is too small for a line: it is at most the larger of those along x and along y,
// and the mixed one. Each step of it stands for 4 * ridgeSteps.
func flat(xx, yy, xy int16, sign int32, light uint8) bool {
	most := max(sign*int32(xx), sign*int32(yy)) + max(int32(xy), -int32(xy))
	return float32(most) <= 0.99*faintPart*darkLine*4*ridgeSteps*float32(int(light)+aroundExtra)
}

// curve turns second derivatives along x, along y and across both into lines. Sobel's kernels of three count 4 for each.
func (r *ridges) curve(second [3][]int16, light []uint8, sign float64) {
	clear(r.strength)
	scale := sign / (4 * ridgeSteps)
	for i := range r.strength {
		if flat(second[0][i], second[1][i], second[2][i], int32(sign), light[i]) {
			continue
		}
		xx, yy, xy := scale*float64(second[0][i]), scale*float64(second[1][i]), scale*float64(second[2][i])
		mid := (xx + yy) / 2
		half := math.Sqrt((xx-yy)*(xx-yy)/4 + xy*xy)
		around := float64(light[i]) + aroundExtra
		if most := mid + half; most > faintPart*darkLine*around && most > math.Abs(mid-half) {
			r.strength[i] = float32(most / around)
			// (x, y) is across the line: the eigenvector of the larger curvature; the line goes at a right angle to it.
			x, y := most-yy, xy
			if xx < yy {
				x, y = xy, most-xx
			}
			r.cos[i], r.sin[i] = 0, 0
			if n := math.Sqrt(x*x + y*y); n > 0 {
				r.cos[i], r.sin[i] = float32(-y/n), float32(x/n)
			}
		}
	}
}
