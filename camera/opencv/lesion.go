//go:build opencv

package opencv

import (
	"gocv.io/x/gocv"

	"dermbox/camera/opencv/measure"
	"dermbox/camera/quality"
)

// Lesion decodes a still at full size and finds the lesion in it: see quality.Mask.
func Lesion(jpeg []byte) (quality.Mask, []byte, error) {
	bgr, err := decode(jpeg, gocv.IMReadColor)
	if err != nil {
		return quality.Mask{}, nil, err
	}
	defer free(&bgr)
	return measure.Lesion(bgr)
}
