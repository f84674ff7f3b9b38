//go:build opencv

package opencv

import (
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"dermbox/camera/scope"
)

// Built says whether this program was built with OpenCV.
const Built = true

// Encoder encodes JPEGs with OpenCV, with a restart interval for each row of coding units. It may be used from several
// goroutines.
type Encoder struct{}

var _ scope.Encoder = Encoder{}

// unitWidth is the width of a coding unit with OpenCV's 4:2:0 sampling, pixels.
const unitWidth = 16

// Encode implements scope.Encoder.
func (Encoder) Encode(img *image.RGBA, quality int) ([]byte, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w < 1 || h < 1 || img.Stride != 4*w || len(img.Pix) < 4*w*h {
		return nil, fmt.Errorf("encode: picture of %d x %d is empty or not contiguous", w, h)
	}
	rgba, err := gocv.NewMatFromBytes(h, w, gocv.MatTypeCV8UC4, img.Pix[:4*w*h])
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	defer free(&rgba)
	bgr := gocv.NewMat()
	defer free(&bgr)
	if err := gocv.CvtColor(rgba, &bgr, gocv.ColorRGBAToBGR); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	params := []int{
		gocv.IMWriteJpegQuality, quality,
		gocv.IMWriteJpegRstInterval, (w + unitWidth - 1) / unitWidth,
	}
	buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, bgr, params)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	defer buf.Close()
	return append([]byte(nil), buf.GetBytes()...), nil
}
