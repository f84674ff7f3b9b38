//go:build opencv

package measure

import (
	"image"
	"math"

	"gocv.io/x/gocv"

	"dermbox/camera/quality"
)

// workPX is the field's size at the working scale, pixels. A picture whose field is smaller is taken as it is.
const workPX = 256

// copied is the reduced picture's field.
type copied struct {
	field         *gocv.Mat       // blue, green and red, of the box alone
	box           image.Rectangle // of the field within the reduced picture
	width, height int             // of the whole reduced picture
	scale         float64         // pixels of the reduced picture for each of the whole one, at most 1
}

// reduced gives the field of a whole picture at the working scale.
func reduced(bgr gocv.Mat, pool *mats) (copied, error) {
	grey := pool.add()
	if err := gocv.CvtColor(bgr, grey, gocv.ColorBGRToGray); err != nil {
		return copied{}, failed(err)
	}
	f, err := field(*grey, reduce)
	if err != nil {
		return copied{}, err
	}
	return reduceTo(bgr, f, pool)
}

// reduceTo gives the field f of a whole picture at the working scale. Without a field it is the whole picture.
func reduceTo(bgr gocv.Mat, f quality.Field, pool *mats) (c copied, err error) {
	c.scale = 1
	if f.Size > workPX {
		c.scale = workPX / f.Size
	}
	c.width = max(1, int(math.Round(float64(bgr.Cols())*c.scale)))
	c.height = max(1, int(math.Round(float64(bgr.Rows())*c.scale)))
	small := &bgr
	if c.scale < 1 {
		small = pool.add()
		if err := gocv.Resize(bgr, small, image.Pt(c.width, c.height), 0, 0, gocv.InterpolationArea); err != nil {
			return copied{}, failed(err)
		}
	}
	c.box = fieldBox(f, c)
	cut := small.Region(c.box)
	pool.keep(cut)
	c.field = pool.keep(cut.Clone())
	return c, nil
}

// fieldBox gives the box of a field in the reduced picture, with a little of the dark around it, which tells the rim. A square
// field is the whole picture: it may be wider than high, and its size is the lesser.
func fieldBox(f quality.Field, c copied) image.Rectangle {
	whole := image.Rect(0, 0, c.width, c.height)
	if f.Shape != quality.ShapeDisc {
		return whole
	}
	half, x, y := f.Size*c.scale*0.52+2, f.X*c.scale, f.Y*c.scale
	return image.Rect(int(x-half), int(y-half), int(x+half), int(y+half)).Intersect(whole)
}
