//go:build opencv

package measure

import (
	"gocv.io/x/gocv"

	"dermbox/camera/quality"
)

// hash gives the perceptual hash of a grey picture's field.
func hash(grey gocv.Mat, f quality.Field) (string, error) {
	pixels, err := grey.DataPtrUint8()
	if err != nil {
		return "", failed(err)
	}
	return quality.Hash(pixels, grey.Cols(), grey.Rows(), f), nil
}
