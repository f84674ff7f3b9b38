package preprocess

import (
	"errors"
	"fmt"
	"image"
)

var errPicture = errors.New("picture and its size do not fit")

// Picture crops and resizes: rgb holds width by height pixels of 3 bytes, field is the part to judge. The result holds
// Height rows of Width pixels of 3 values (R, G, B), 0 to 255 with 16 binary digits after the point.
func (s Spec) Picture(rgb []byte, width, height int, field image.Rectangle) ([]uint32, error) {
	if width < 1 || height < 1 || width > MaxPixels/height || len(rgb) != width*height*3 {
		return nil, fmt.Errorf("%w: %dx%d, %d bytes", errPicture, width, height, len(rgb))
	}
	if field.Empty() || !field.In(image.Rect(0, 0, width, height)) {
		return nil, fmt.Errorf("%w: field %v of %dx%d", errPicture, field, width, height)
	}
	switch s.Resize {
	case Crop:
		return area(rgb, width, fill(field, s.Width, s.Height), s.Width, s.Height), nil
	case Letterbox:
		return s.letterbox(rgb, width, field), nil
	default:
		return area(rgb, width, field, s.Width, s.Height), nil
	}
}

// fill gives the largest centred part of r with the shape of w by h.
func fill(r image.Rectangle, w, h int) image.Rectangle {
	dx, dy := r.Dx(), r.Dy()
	if dx*h > dy*w {
		dx = max(1, dy*w/h)
	} else {
		dy = max(1, dx*h/w)
	}
	x, y := r.Min.X+(r.Dx()-dx)/2, r.Min.Y+(r.Dy()-dy)/2
	return image.Rect(x, y, x+dx, y+dy)
}

func (s Spec) letterbox(rgb []byte, width int, field image.Rectangle) []uint32 {
	w, h := s.Width, s.Height
	if field.Dx()*h > field.Dy()*w {
		h = max(1, field.Dy()*w/field.Dx())
	} else {
		w = max(1, field.Dx()*h/field.Dy())
	}
	small := area(rgb, width, field, w, h)
	out := make([]uint32, s.Width*s.Height*3)
	left, top := (s.Width-w)/2, (s.Height-h)/2
	for y := range h {
		copy(out[((top+y)*s.Width+left)*3:], small[y*w*3:(y+1)*w*3])
	}
	return out
}

// Normalise gives the tensor of a picture that Picture made, in the spec's layout and colour order.
func (s Spec) Normalise(picture []uint32) []float32 {
	out := make([]float32, len(picture))
	plane := s.Width * s.Height
	for i, v := range picture {
		pixel, channel := i/3, i%3
		if s.Colour == BGR {
			channel = 2 - channel
		}
		at := pixel*3 + channel
		if s.Layout == NCHW {
			at = channel*plane + pixel
		}
		out[at] = float32((float64(v)/one - s.Mean[channel]) / s.Std[channel])
	}
	return out
}

// Tensor is Picture and Normalise.
func (s Spec) Tensor(rgb []byte, width, height int, field image.Rectangle) ([]float32, error) {
	picture, err := s.Picture(rgb, width, height, field)
	if err != nil {
		return nil, err
	}
	return s.Normalise(picture), nil
}

// Bytes rounds a picture that Picture made to bytes, R, G, B.
func Bytes(picture []uint32) []byte {
	out := make([]byte, len(picture))
	for i, v := range picture {
		out[i] = byte((v + one/2) / one)
	}
	return out
}
