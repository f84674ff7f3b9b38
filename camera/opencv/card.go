//go:build opencv

package opencv

import (
	"errors"
	"image"
	"math"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera/quality/card"
)

// How a card's marks are looked for, in a copy that is this many pixels high or wide, whichever is less.
const (
	cardSide   = 540
	cardWindow = 0.2  // side of the square in which the grey around a pixel is told, as a share of the copy's
	cardDark   = 0.6  // a mark has less than this of the grey's luma
	cardRound  = 0.75 // least roundness of a mark: 1 for a circle
)

// Card looks for a reference card in a still and takes its numbers. A still without one is no error: the reading says so.
func Card(jpeg []byte) (card.Reading, error) {
	bgr, err := decode(jpeg, gocv.IMReadColor)
	if err != nil {
		return card.Reading{}, err
	}
	defer free(&bgr)
	blobs, err := darkBlobs(bgr)
	if err != nil {
		return card.Reading{}, cardFailed(err)
	}
	layout, marks, state := card.Find(blobs)
	if state != card.StateFound {
		return card.Reading{State: state}, nil
	}
	pixels, err := bgr.DataPtrUint8()
	if err != nil {
		return card.Reading{}, cardFailed(err)
	}
	return card.Read(card.Picture{Pix: pixels, Width: bgr.Cols(), Height: bgr.Rows()}, layout, marks), nil
}

func cardFailed(cause error) error {
	return appliance.E(appliance.Internal, "quality.error.unavailable", cause)
}

// darkBlobs gives what is round and clearly darker than the grey around it, in the picture's own pixels.
func darkBlobs(bgr gocv.Mat) ([]card.Blob, error) {
	small, grey, dark := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer free(&small)
	defer free(&grey)
	defer free(&dark)
	scale := max(1, float64(min(bgr.Cols(), bgr.Rows()))/cardSide)
	size := image.Pt(max(1, int(float64(bgr.Cols())/scale)), max(1, int(float64(bgr.Rows())/scale)))
	if err := gocv.Resize(bgr, &small, size, 0, 0, gocv.InterpolationArea); err != nil {
		return nil, err
	}
	if err := gocv.CvtColor(small, &grey, gocv.ColorBGRToGray); err != nil {
		return nil, err
	}
	if err := darker(grey, &dark); err != nil {
		return nil, err
	}
	return contours(dark, float64(bgr.Cols())/float64(size.X), float64(bgr.Rows())/float64(size.Y))
}

// darker marks the pixels that have less than cardDark of the mean of what is lit around them; what is unlit has no say in it.
func darker(grey gocv.Mat, dark *gocv.Mat) error {
	values, lit, sum, share := gocv.NewMat(), gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	for _, m := range []*gocv.Mat{&values, &lit, &sum, &share} {
		defer free(m)
	}
	if err := grey.ConvertTo(&values, gocv.MatTypeCV32F); err != nil {
		return err
	}
	gocv.Threshold(values, &lit, litLuma(grey), 1, gocv.ThresholdBinary)
	if err := gocv.Multiply(values, lit, &sum); err != nil {
		return err
	}
	side := int(cardWindow*float64(min(grey.Cols(), grey.Rows()))) | 1
	for _, m := range []*gocv.Mat{&sum, &lit} {
		if err := gocv.Blur(*m, m, image.Pt(side, side)); err != nil {
			return err
		}
	}
	if err := gocv.Divide(sum, lit, &share); err != nil { // 0 where nothing around is lit
		return err
	}
	share.MultiplyFloat(cardDark)
	return gocv.Compare(values, share, dark, gocv.CompareLT)
}

// litLuma gives half of the luma that all but the brightest fifth of the picture's middle has.
func litLuma(grey gocv.Mat) float32 {
	pixels, err := grey.DataPtrUint8()
	if err != nil {
		return 0
	}
	var histogram [256]int
	n := 0
	for y := grey.Rows() / 4; y < grey.Rows()*3/4; y++ {
		for x := grey.Cols() / 4; x < grey.Cols()*3/4; x++ {
			histogram[pixels[y*grey.Cols()+x]]++
			n++
		}
	}
	seen := 0
	for v, k := range histogram {
		if seen += k; seen*5 > n*4 {
			return float32(v) / 2
		}
	}
	return 0
}

// contours gives the round blobs of a mask, with how much of each is light within.
func contours(dark gocv.Mat, scaleX, scaleY float64) ([]card.Blob, error) {
	hierarchy := gocv.NewMat()
	defer free(&hierarchy)
	found := gocv.FindContoursWithParams(dark, &hierarchy, gocv.RetrievalCComp, gocv.ChainApproxNone)
	defer found.Close()
	if found.Size() > 0 && hierarchy.Cols() != found.Size() {
		return nil, errors.New("contours without their order")
	}
	var blobs []card.Blob
	for i := range found.Size() {
		links := hierarchy.GetVeciAt(0, i) // next, previous, first hole, outer
		b, round := blob(found.At(i), scaleX, scaleY)
		if links[3] >= 0 || !round {
			continue
		}
		for hole := links[2]; hole >= 0 && int(hole) < found.Size(); hole = hierarchy.GetVeciAt(0, int(hole))[0] {
			b.Hole += gocv.ContourArea(found.At(int(hole))) * scaleX * scaleY
		}
		blobs = append(blobs, b)
	}
	return blobs, nil
}

// blob gives a contour's middle and area, and whether it is round and large enough to be a mark.
func blob(contour gocv.PointVector, scaleX, scaleY float64) (b card.Blob, round bool) {
	area, length := gocv.ContourArea(contour), gocv.ArcLength(contour, true)
	if area < 12 || 4*math.Pi*area < cardRound*length*length {
		return b, false
	}
	box := gocv.BoundingRect(contour)
	if box.Dx() > 2*box.Dy() || box.Dy() > 2*box.Dx() {
		return b, false
	}
	b.At = card.Point{X: float64(box.Min.X+box.Max.X) / 2 * scaleX, Y: float64(box.Min.Y+box.Max.Y) / 2 * scaleY}
	b.Area = area * scaleX * scaleY
	return b, true
}
