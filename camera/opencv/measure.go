//go:build opencv

package opencv

import (
	"gocv.io/x/gocv"

	"dermbox/camera"
	"dermbox/camera/opencv/measure"
	"dermbox/camera/quality"
)

// Measure decodes a still at full size and takes the quality gate's numbers.
func Measure(jpeg []byte) (quality.Metrics, error) {
	bgr, err := decode(jpeg, gocv.IMReadColor)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&bgr)
	step, err := camera.LumaStep(jpeg)
	if err != nil {
		return quality.Metrics{}, err
	}
	return measure.Still(bgr, step)
}

// Live decodes a frame at a part of its size and takes the numbers that do not need every pixel.
func Live(jpeg []byte) (quality.Metrics, error) {
	bgr, whole, shrunk, err := decodeSmall(jpeg)
	if err != nil {
		return quality.Metrics{}, err
	}
	defer free(&bgr)
	return measure.Live(bgr, shrunk, whole.X, whole.Y)
}
