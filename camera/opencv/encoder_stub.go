//go:build !opencv

package opencv

import (
	"image"

	"dermbox/appliance"
)

// Built says whether this program was built with OpenCV.
const Built = false

// Encoder stands in for the encoder of a build with OpenCV.
type Encoder struct{}

// Encode fails: see notBuilt.
func (Encoder) Encode(*image.RGBA, int) ([]byte, error) { return nil, notBuilt() }

// notBuilt tells how to build with OpenCV.
func notBuilt() error {
	return &appliance.Error{Code: appliance.Unavailable, Key: "camera.error.no_opencv"}
}
