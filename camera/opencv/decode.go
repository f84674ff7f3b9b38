//go:build opencv

package opencv

import (
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera"
)

// decode gives the Mat of a JPEG, which the caller closes. gocv crashes on an empty buffer and gives an empty Mat without
// an error for a bad one, so both are checked here and nowhere else.
func decode(jpeg []byte, flags gocv.IMReadFlag) (gocv.Mat, error) {
	_, w, h, err := camera.ScanHash(jpeg)
	if err != nil {
		return gocv.Mat{}, err
	}
	m, err := gocv.IMDecode(jpeg, flags|gocv.IMReadIgnoreOrientation)
	if err != nil {
		return gocv.Mat{}, undecodable(err)
	}
	if m.Empty() || m.Cols() != w || m.Rows() != h {
		free(&m)
		return gocv.Mat{}, undecodable(fmt.Errorf("decoded size differs from the header's"))
	}
	return m, nil
}

// decodeSmall gives the Mat of a JPEG at one part in shrunk of its size, which the decoder makes several times as fast: as small
// as leaves 256 pixels. The caller closes it.
func decodeSmall(jpeg []byte) (m gocv.Mat, whole image.Point, shrunk int, err error) {
	_, w, h, err := camera.ScanHash(jpeg)
	if err != nil {
		return m, whole, 0, err
	}
	flags := gocv.IMReadColor
	switch shrunk = 1; {
	case min(w, h) >= 4*256:
		flags, shrunk = gocv.IMReadReducedColor4, 4
	case min(w, h) >= 2*256:
		flags, shrunk = gocv.IMReadReducedColor2, 2
	}
	m, err = gocv.IMDecode(jpeg, flags|gocv.IMReadIgnoreOrientation)
	if err != nil {
		return m, whole, 0, undecodable(err)
	}
	if m.Empty() || m.Cols() != (w+shrunk-1)/shrunk || m.Rows() != (h+shrunk-1)/shrunk {
		free(&m)
		return gocv.Mat{}, whole, 0, undecodable(fmt.Errorf("decoded size differs from the header's"))
	}
	return m, image.Pt(w, h), shrunk, nil
}

func undecodable(cause error) error {
	return &appliance.Error{Code: appliance.Invalid, Key: "camera.error.damaged", Err: cause, Transient: true}
}

// free gives a Mat's memory back, which Go's collector does not see. Close has no failure that anyone could act on.
func free(m *gocv.Mat) { _ = m.Close() }
