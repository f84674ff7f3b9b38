//go:build opencv

package measure

import (
	"errors"
	"image"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/texture"
)

// The scales of the measurement.
const (
	reduce = 4    // the field is looked for in a picture so many times smaller
	inner  = 0.92 // share of the field's size that is judged: the rim's edge and shadow are left out
)

// Still takes the quality gate's numbers of a whole picture in blue, green and red. lumaStep is the mean step of the quantiser that its
// luma was encoded with (camera.LumaStep), 0 where it is not known.
func Still(bgr gocv.Mat, lumaStep float64) (quality.Metrics, error) {
	grey := gocv.NewMat()
	defer free(&grey)
	if err := gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray); err != nil {
		return quality.Metrics{}, failed(err)
	}
	f, err := field(grey, reduce)
	if err != nil {
		return quality.Metrics{}, err
	}
	m := quality.Metrics{Width: bgr.Cols(), Height: bgr.Rows(), Field: f}
	if err := values(bgr, f, &m); err != nil {
		return quality.Metrics{}, err
	}
	pixels, err := grey.DataPtrUint8()
	if err != nil {
		return quality.Metrics{}, failed(err)
	}
	m.Hash = quality.Hash(pixels, m.Width, m.Height, m.Field)
	m.Values[quality.Blocks], err = blocks(grey, f, lumaStep)
	return m, err
}

// Live takes the numbers of a picture that was decoded at one part in shrunk (1, 2 or 4) of its size, width by height pixels.
func Live(bgr gocv.Mat, shrunk, width, height int) (quality.Metrics, error) {
	grey := gocv.NewMat()
	defer free(&grey)
	if err := gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray); err != nil {
		return quality.Metrics{}, failed(err)
	}
	f, err := field(grey, max(1, reduce/shrunk))
	if err != nil {
		return quality.Metrics{}, err
	}
	m := quality.Metrics{Width: width, Height: height, Live: true}
	scale := float64(width) / float64(bgr.Cols())
	m.Field = quality.Field{Shape: f.Shape, X: f.X * scale, Y: f.Y * scale, Size: f.Size * scale}
	return m, values(bgr, f, &m)
}

// values adds what is measured at the working scale.
func values(bgr gocv.Mat, f quality.Field, m *quality.Metrics) error {
	var pool mats
	defer pool.free()
	w, err := newWorking(bgr, f, &pool)
	if err != nil {
		return err
	}
	v, skin, err := Subject(w.mat)
	if err != nil {
		return err
	}
	m.Values, m.Skin = v, skin
	light := quality.Light(w.bgr, w.width, quality.Spans(w.field, inner, w.width, w.height))
	v[quality.ExposureMean], v[quality.ClippedHigh], v[quality.ClippedLow] = light.Bright, light.High, light.Low
	if detail, ok := texture.Measure(w.grey, w.width, w.height, w.field); ok {
		v[quality.Focus], v[quality.Motion] = detail.Focus, detail.Motion
	}
	return nil
}

// field finds what the dermatoscope lights up, in a copy so many times smaller, whose noise is averaged away.
func field(grey gocv.Mat, by int) (quality.Field, error) {
	small := gocv.NewMat()
	defer free(&small)
	size := image.Pt(max(1, grey.Cols()/by), max(1, grey.Rows()/by))
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

// coarse scales a quantiser's mean step to the grid's ratio, so that one limit serves both: 1.5 at quality 75 of libjpeg's scale, 5 at
// 29, 10 at 15.
const coarse = 20

// blocks says how visible the encoder's blocks are: by what the header says, or by what is seen, as when a poor picture was
// encoded again.
func blocks(grey gocv.Mat, f quality.Field, lumaStep float64) (float64, error) {
	pixels, err := grey.DataPtrUint8()
	if err != nil {
		return 0, failed(err)
	}
	return max(lumaStep/coarse, texture.Grid(pixels, grey.Cols(), grey.Rows(), f)), nil
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
