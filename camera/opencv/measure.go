//go:build opencv

package opencv

import (
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/opencv/measure"
	"dermbox/camera/quality"
)

// Measure decodes a still at full size and takes the quality gate's numbers of a part of it.
func Measure(jpeg []byte, part quality.Part) (quality.Metrics, error) {
	bgr, err := decode(jpeg, gocv.IMReadColor)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&bgr)
	step, err := camera.LumaStep(jpeg)
	if err != nil {
		return quality.Metrics{}, err
	}
	cut, at, err := within(bgr, part)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&cut)
	m, err := measure.Still(cut, step)
	return placed(m, at, image.Pt(bgr.Cols(), bgr.Rows())), err
}

// Live decodes a frame at a fraction of its size and takes the numbers of a part of it that do not need every pixel.
func Live(jpeg []byte, part quality.Part) (quality.Metrics, error) {
	bgr, whole, shrunk, err := decodeSmall(jpeg)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&bgr)
	cut, at, err := within(bgr, part)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&cut)
	size := part.In(whole.X, whole.Y).Size()
	m, err := measure.Live(cut, shrunk, size.X, size.Y)
	return placed(m, at.Mul(shrunk), whole), err
}

// within gives a copy of a part of a picture, which the caller closes, and where it lies. A part that is the whole is no copy of the
// pixels.
func within(bgr gocv.Mat, part quality.Part) (cut gocv.Mat, at image.Point, err error) {
	box := part.In(bgr.Cols(), bgr.Rows())
	region := bgr.Region(box)
	if region.IsContinuous() {
		return region, box.Min, nil
	}
	defer free(&region)
	if cut = region.Clone(); cut.Empty() {
		free(&cut)
		return gocv.Mat{}, box.Min, appliance.E(appliance.Internal, "quality.error.unavailable", fmt.Errorf("no copy of %v", box))
	}
	return cut, box.Min, nil
}

// placed says what was measured of a part in the whole picture's terms.
func placed(m quality.Metrics, at, whole image.Point) quality.Metrics {
	if m.Field.Shape != quality.ShapeNone {
		m.Field.X, m.Field.Y = m.Field.X+float64(at.X), m.Field.Y+float64(at.Y)
	}
	m.Width, m.Height = whole.X, whole.Y
	return m
}
