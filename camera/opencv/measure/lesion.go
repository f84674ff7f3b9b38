//go:build opencv

package measure

import (
	"gocv.io/x/gocv"

	"dermbox/camera/quality"
	"dermbox/camera/quality/colour"
)

// scene is a picture at the working scale, where the field is about 256 pixels across, cut to the field's box, with what the
// checks of the lesion and of what lies over it need. Slices hold one value for each pixel, rows from the top.
type scene struct {
	w, h   int
	lab    []uint8   // 3 for each pixel, OpenCV's 8 bit L*a*b*, without hair and smoothed: see tidy
	grey   []uint8   // luma as taken
	inside []bool    // in the field, clear of the rim and its shadow
	size   float64   // the field's diameter, pixels: that of a disc of as many pixels
	skin   surface   // what skin would look like without a lesion
	hair   []uint8   // 255 where hair or another thin line lies over the skin, else 0
	glare  []uint8   // 255 where light is mirrored, else 0
	score  []float32 // how unlike skin a pixel is, in L*a*b* steps; 0 outside the field
	lesion []uint8   // 255 within the lesion, else 0
	edge   []float32 // distance from the field's edge, pixels: 1 for the last pixel within
	off    []float32 // distance from the lesion, pixels; 0 within it
	behind bool      // a background, behind the skin, is seen
	patch  patch     // the lesion's outline in numbers; its area is 0 without a lesion
}

// newScene finds field, skin and lesion in a picture in blue, green and red, whose box is the field's.
func newScene(bgr gocv.Mat) (*scene, error) {
	s := &scene{w: bgr.Cols(), h: bgr.Rows()}
	grey := gocv.NewMat()
	defer free(&grey)
	if err := gocv.CvtColor(bgr, &grey, gocv.ColorBGRToGray); err != nil {
		return nil, failed(err)
	}
	s.grey = grey.ToBytes()
	if err := s.tidy(bgr); err != nil {
		return nil, err
	}
	s.findInside()
	s.edge = s.findEdge()
	if err := s.findCover(bgr, grey); err != nil {
		return nil, err
	}
	s.skin = s.fitSkin()
	s.findScore()
	s.dropPlasters()
	if err := s.findLesion(); err != nil {
		return nil, err
	}
	s.off = distance(s.lesion, s.w, s.h)
	return s, nil
}

// findCover marks what lies over the skin.
func (s *scene) findCover(bgr, grey gocv.Mat) error {
	var pool mats
	defer pool.free()
	parts := gocv.Split(bgr)
	for _, part := range parts {
		pool.keep(part)
	}
	if len(parts) != 3 {
		return failed(nil)
	}
	least := pool.add()
	if err := gocv.Min(parts[0], parts[2], least); err != nil {
		return failed(err)
	}
	if err := gocv.Min(*least, parts[1], least); err != nil {
		return failed(err)
	}
	if err := s.findGlare(grey, *least); err != nil {
		return err
	}
	return s.findHair(parts[0], parts[2])
}

// Subject takes the numbers of the lesion, of what lies over it and of the field's rim, by the names of their checks, and the mean
// colour of the skin, nil where too little of it is seen. The picture, in blue, green and red, is the box of the field, about 256
// pixels across, as reduceTo gives it.
func Subject(bgr gocv.Mat) (map[string]float64, *colour.Lab, error) {
	s, err := newScene(bgr)
	if err != nil {
		return nil, nil, err
	}
	v := s.values()
	v[quality.Ring] = s.ring()
	if skin, ok := s.skinColour(); ok {
		return v, &skin, nil
	}
	return v, nil, nil
}

// Lesion gives the mask of the lesion in a whole picture in blue, green and red: one byte for each pixel of the reduced
// picture, 255 within the lesion and 0 elsewhere, rows from the top. It is all 0 where no lesion was found.
func Lesion(bgr gocv.Mat) (quality.Mask, []byte, error) {
	var pool mats
	defer pool.free()
	c, err := reduced(bgr, &pool)
	if err != nil {
		return quality.Mask{}, nil, err
	}
	s, err := newScene(*c.field)
	if err != nil {
		return quality.Mask{}, nil, err
	}
	m := quality.Mask{Width: c.width, Height: c.height, Scale: c.scale}
	mask := make([]byte, m.Width*m.Height)
	for y := range s.h {
		copy(mask[(c.box.Min.Y+y)*m.Width+c.box.Min.X:], s.lesion[y*s.w:][:s.w])
	}
	return m, mask, nil
}
