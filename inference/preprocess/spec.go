package preprocess

import (
	"fmt"
	"image"
	"math"

	"dermbox/appliance"
)

// Resize says how the cropped picture is brought to the input's shape.
type Resize string

// The ways to resize. For a square crop and a square input they are the same.
const (
	Squash    Resize = "squash"    // each axis by itself
	Crop      Resize = "crop"      // fill, cut what stands over
	Letterbox Resize = "letterbox" // fit, the rest is black
)

// Layout is the order of a tensor's axes.
type Layout string

// The layouts.
const (
	NHWC Layout = "nhwc"
	NCHW Layout = "nchw"
)

// Colour is the order of a pixel's channels.
type Colour string

// The colour orders.
const (
	RGB Colour = "rgb"
	BGR Colour = "bgr"
)

// MaxSide is the largest width and height of an input, in pixels; MaxPixels bounds the photograph.
const (
	MaxSide   = 1024
	MaxPixels = 32 << 20
)

// Spec is a model's input: a value v of 0 to 255 enters the tensor as (v-Mean)/Std of its channel, in the order of Colour.
type Spec struct {
	Width    int        `json:"width"`    // pixels
	Height   int        `json:"height"`   // pixels
	Channels int        `json:"channels"` // 3
	DType    string     `json:"dtype"`    // of the tensor: "float32", "uint8", "int8"; quantised by the tensor's own scale
	Layout   Layout     `json:"layout"`
	Colour   Colour     `json:"colour"`
	Resize   Resize     `json:"resize"`
	Mean     [3]float64 `json:"mean"`
	Std      [3]float64 `json:"std"`
}

// Size gives the number of values of the input.
func (s Spec) Size() int { return s.Width * s.Height * s.Channels }

// Dims gives the tensor's dimensions for one picture.
func (s Spec) Dims() []int {
	if s.Layout == NCHW {
		return []int{1, s.Channels, s.Height, s.Width}
	}
	return []int{1, s.Height, s.Width, s.Channels}
}

// Check gives an Invalid error that names the first field with a value that this package cannot do.
func (s Spec) Check() error {
	switch {
	case s.Width < 1 || s.Width > MaxSide:
		return bad("width", s.Width, sides)
	case s.Height < 1 || s.Height > MaxSide:
		return bad("height", s.Height, sides)
	case s.Channels != 3:
		return bad("channels", s.Channels, "3")
	case s.DType != "float32" && s.DType != "uint8" && s.DType != "int8":
		return bad("dtype", s.DType, "float32, uint8 or int8")
	case s.Layout != NHWC && s.Layout != NCHW:
		return bad("layout", s.Layout, "nhwc or nchw")
	case s.Colour != RGB && s.Colour != BGR:
		return bad("colour", s.Colour, "rgb or bgr")
	case s.Resize != Squash && s.Resize != Crop && s.Resize != Letterbox:
		return bad("resize", s.Resize, "squash, crop or letterbox")
	}
	for i := range 3 {
		if !(s.Std[i] >= 1e-3 && s.Std[i] <= 1e3) {
			return bad("std", s.Std[i], "0.001 to 1000: values of 0 to 255 are divided by it")
		}
		if !(s.Mean[i] >= -1e3 && s.Mean[i] <= 1e3) {
			return bad("mean", s.Mean[i], "-1000 to 1000: it is taken off values of 0 to 255")
		}
	}
	return nil
}

var sides = fmt.Sprintf("1 to %d pixels", MaxSide)

func bad(field string, value any, must string) error {
	return appliance.FieldError("input."+field, "pack.manifest_value", "field", "input."+field, "value", fmt.Sprint(value),
		"must", must)
}

// Field gives the square to judge: centred in the box (the whole picture if the box is empty), its side the fraction
// (0 to 1) of the box's shorter side.
func Field(width, height int, box image.Rectangle, fraction float64) image.Rectangle {
	whole := image.Rect(0, 0, width, height)
	if box.Empty() {
		box = whole
	}
	side := max(1, int(math.Round(float64(min(box.Dx(), box.Dy()))*fraction)))
	x, y := box.Min.X+(box.Dx()-side)/2, box.Min.Y+(box.Dy()-side)/2
	return image.Rect(x, y, x+side, y+side).Intersect(whole)
}
