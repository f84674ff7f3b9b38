//go:build opencv

package measure

import (
	"image"
	"image/color"
	"math"

	"gocv.io/x/gocv"
)

// Hair at the working scale, pixels: dark or bright lines no wider than thin, straight over reach in one of so many directions.
const (
	thin       = 7
	reach      = 13
	directions = 12
)

// What counts as hair.
const (
	hairDepth  = 0.16 // of the luma around it that a hair takes, or adds
	hairOffset = 12   // luma added to that around it, so that noise in the dark is no hair
	hairLong   = 26   // pixels from corner to corner of a hair's box
)

// findHair marks hair, ruler's marks and other thin lines.
func (s *scene) findHair() error {
	var pool mats
	defer pool.free()
	grey, err := gocv.NewMatFromBytes(s.h, s.w, gocv.MatTypeCV8U, s.grey)
	if err != nil {
		return failed(err)
	}
	pool.keep(grey)
	s.hair = make([]uint8, s.w*s.h)
	for _, op := range []gocv.MorphType{gocv.MorphBlackhat, gocv.MorphTophat} {
		hat, around, straight := pool.add(), pool.add(), pool.add()
		if err := morph(grey, hat, op, thin); err != nil {
			return err
		}
		if err := lines(*hat, straight); err != nil {
			return err
		}
		if err := gocv.Blur(grey, around, image.Pt(2*thin+1, 2*thin+1)); err != nil {
			return failed(err)
		}
		s.markHair(hat.ToBytes(), straight.ToBytes(), around.ToBytes())
	}
	return nil
}

// markHair marks a hat's lines that are deep enough and long enough, with the breadth that the hat has beside them.
func (s *scene) markHair(hat, straight, around []uint8) {
	deep := func(v, luma uint8, part float64) bool {
		return float64(v) > part*hairDepth*(float64(luma)+hairOffset)
	}
	line := make([]uint8, len(hat))
	for i := range line {
		if deep(straight[i], around[i], 1) {
			line[i] = 255
		}
	}
	s.dropShort(line)
	near := distance(line, s.w, s.h)
	for i := range line {
		if near[i] < 1.5 && (line[i] != 0 || deep(hat[i], around[i], 0.6)) {
			s.hair[i] = 255
		}
	}
}

// dropShort clears parts of a mask that do not reach far enough.
func (s *scene) dropShort(mask []uint8) {
	seen := make([]bool, len(mask))
	var part []int
	for i, v := range mask {
		if v == 0 || seen[i] {
			continue
		}
		part = part[:0]
		box := image.Rect(s.w, s.h, 0, 0)
		flood(i, s.w, s.h, func(j int) bool { return mask[j] != 0 && !seen[j] }, func(j int) {
			seen[j] = true
			part = append(part, j)
			x, y := j%s.w, j/s.w
			box = image.Rectangle{Min: image.Pt(min(box.Min.X, x), min(box.Min.Y, y)), Max: image.Pt(max(box.Max.X, x), max(box.Max.Y, y))}
		})
		if math.Hypot(float64(box.Dx()), float64(box.Dy())) < hairLong {
			for _, j := range part {
				mask[j] = 0
			}
		}
	}
}

// lines keeps what is straight over reach: the largest of the openings with a line in each direction.
func lines(hat gocv.Mat, most *gocv.Mat) error {
	var pool mats
	defer pool.free()
	opened := pool.add()
	for k := range directions {
		element := pool.keep(gocv.NewMatWithSizeFromScalar(gocv.NewScalar(0, 0, 0, 0), reach, reach, gocv.MatTypeCV8U))
		sin, cos := math.Sincos(math.Pi * float64(k) / directions)
		half := float64(reach / 2)
		end := image.Pt(int(math.Round(half*cos)), int(math.Round(half*sin)))
		middle := image.Pt(reach/2, reach/2)
		if err := gocv.Line(element, middle.Sub(end), middle.Add(end), color.RGBA{R: 1, G: 1, B: 1, A: 1}, 1); err != nil {
			return failed(err)
		}
		if err := gocv.MorphologyEx(hat, opened, gocv.MorphOpen, *element); err != nil {
			return failed(err)
		}
		if k == 0 {
			if err := opened.CopyTo(most); err != nil {
				return failed(err)
			}
			continue
		}
		if err := gocv.Max(*most, *opened, most); err != nil {
			return failed(err)
		}
	}
	return nil
}
