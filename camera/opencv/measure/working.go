//go:build opencv

package measure

import (
	"image"

	"gocv.io/x/gocv"

	"dermbox/camera/quality"
)

// working is the copy that most is measured on: the field and a little of the dark around it, the field about 256 pixels across, so
// that a pixel of blur means the same in every picture.
type working struct {
	mat           gocv.Mat // owned by the pool
	bgr, grey     []byte   // its pixels, which live as long as the pool
	width, height int
	field         quality.Field // within the copy, its pixels
}

// newWorking makes the working copy of a picture whose field is known.
func newWorking(bgr gocv.Mat, f quality.Field, pool *mats) (w working, err error) {
	if f.Shape == quality.ShapeNone { // the whole picture
		f.Size = float64(min(bgr.Cols(), bgr.Rows()))
	}
	small, by, err := wholeSteps(bgr, f, pool)
	if err != nil {
		return w, err
	}
	f.X, f.Y, f.Size = f.X/by, f.Y/by, f.Size/by
	c, err := reduceTo(small, f, pool)
	if err != nil {
		return w, err
	}
	w.mat, w.width, w.height = *c.field, c.field.Cols(), c.field.Rows()
	w.field = quality.Field{Shape: f.Shape, X: f.X*c.scale - float64(c.box.Min.X), Y: f.Y*c.scale - float64(c.box.Min.Y), Size: f.Size * c.scale}
	grey := pool.add()
	if err := gocv.CvtColor(w.mat, grey, gocv.ColorBGRToGray); err != nil {
		return w, failed(err)
	}
	if w.bgr, err = w.mat.DataPtrUint8(); err != nil {
		return w, failed(err)
	}
	if w.grey, err = grey.DataPtrUint8(); err != nil {
		return w, failed(err)
	}
	return w, nil
}

// wholeSteps averages squares of so many whole pixels that the field stays larger than at the working scale: several times as fast as
// the way there at once, and what a reduced decode does.
func wholeSteps(bgr gocv.Mat, f quality.Field, pool *mats) (small gocv.Mat, by float64, err error) {
	n := int(f.Size) / workPX
	if n < 2 {
		return bgr, 1, nil
	}
	out := pool.add()
	if err := gocv.Resize(bgr, out, image.Pt(bgr.Cols()/n, bgr.Rows()/n), 0, 0, gocv.InterpolationArea); err != nil {
		return bgr, 1, failed(err)
	}
	return *out, float64(bgr.Cols()) / float64(out.Cols()), nil
}
