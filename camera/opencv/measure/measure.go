//go:build opencv

package measure

import (
	"errors"
	"image"
	"math"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera/quality"
)

// The scales of the measurement.
const (
	reduce     = 4    // the field is looked for in a picture so many times smaller
	inner      = 0.92 // share of the field's size that is judged: the rim's edge and shadow are left out
	steps      = 16   // for each step of luma while smoothing: rounding to whole ones would count as detail
	focusSigma = 2.5  // pixels; finer detail than this is mostly the sensor's noise
)

// Still takes the quality gate's numbers of a whole picture in blue, green and red.
func Still(bgr gocv.Mat) (quality.Metrics, error) {
	grey := gocv.NewMat()
	defer free(&grey)
	if err := gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray); err != nil {
		return quality.Metrics{}, failed(err)
	}
	m := quality.Metrics{Width: grey.Cols(), Height: grey.Rows()}
	var err error
	if m.Field, err = field(grey); err != nil {
		return quality.Metrics{}, err
	}
	area := quality.Spans(m.Field, inner, m.Width, m.Height)
	pixels, err := grey.DataPtrUint8()
	if err != nil {
		return quality.Metrics{}, failed(err)
	}
	m.Hash = quality.Hash(pixels, m.Width, m.Height, m.Field)
	light := quality.Light(pixels, m.Width, area)
	sharp, err := focus(grey, area, light.Median)
	m.Values = map[string]float64{quality.ExposureMean: light.Mean, quality.ClippedHigh: light.High, quality.ClippedLow: light.Low, quality.Focus: sharp}
	return m, err
}

// field finds what the dermatoscope lights up, in a smaller copy, whose noise is averaged away.
func field(grey gocv.Mat) (quality.Field, error) {
	small := gocv.NewMat()
	defer free(&small)
	size := image.Pt(max(1, grey.Cols()/reduce), max(1, grey.Rows()/reduce))
	if err := gocv.Resize(grey, &small, size, 0, 0, gocv.InterpolationArea); err != nil {
		return quality.Field{}, failed(err)
	}
	pixels, err := small.DataPtrUint8()
	if err != nil || small.Empty() {
		return quality.Field{}, failed(err)
	}
	f := quality.FindField(pixels, small.Cols(), small.Rows())
	scale := float64(grey.Cols()) / float64(small.Cols())
	f.X, f.Y, f.Size = f.X*scale, f.Y*scale, f.Size*scale
	return f, nil
}

// focus is the spread of the Laplacian of the smoothed picture within the area, as a thousandth of the median luma: detail
// relative to brightness, since skin's relief takes a share of the light. Smoothing comes first, or the sensor's noise
// would count as detail.
func focus(grey gocv.Mat, area []quality.Span, median float64) (float64, error) {
	fine, smooth, laplace := gocv.NewMat(), gocv.NewMat(), gocv.NewMat()
	defer free(&fine)
	defer free(&smooth)
	defer free(&laplace)
	if err := grey.ConvertToWithParams(&fine, gocv.MatTypeCV16S, steps, 0); err != nil {
		return 0, failed(err)
	}
	if err := gocv.GaussianBlur(fine, &smooth, image.Point{}, focusSigma, focusSigma, gocv.BorderReplicate); err != nil {
		return 0, failed(err)
	}
	if err := gocv.Laplacian(smooth, &laplace, gocv.MatTypeCV16S, 3, 1, 0, gocv.BorderReplicate); err != nil {
		return 0, failed(err)
	}
	values, err := laplace.DataPtrInt16()
	if err != nil || laplace.Empty() {
		return 0, failed(err)
	}
	if median < 1 {
		return 0, nil
	}
	return 1000 * math.Sqrt(quality.Variance(values, laplace.Cols(), area)) / steps / median, nil
}

// failed is what OpenCV said where it could not do its work; nil says that it gave nothing back.
func failed(cause error) error {
	if cause == nil {
		cause = errors.New("empty result")
	}
	return appliance.E(appliance.Internal, "quality.error.unavailable", cause)
}

// free gives a Mat's memory back, which Go's collector does not see. Close has no failure that anyone could act on.
func free(m *gocv.Mat) { _ = m.Close() }
