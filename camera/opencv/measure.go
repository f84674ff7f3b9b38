//go:build opencv

package opencv

import (
	"gocv.io/x/gocv"

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
	return measure.Still(bgr)
}
