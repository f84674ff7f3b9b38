package degrade

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Fault is what is done to a picture: the kind, how much of it, one of the kind's directions where it has them, and the seed of
// what is left to chance.
type Fault struct {
	Kind      Kind
	Amount    float64 // in the kind's unit
	Direction string  // of a cast; of motion in degrees, "" by chance
	Seed      uint64
}

// Spoil gives the spoilt picture; p stays as it is. An amount of 0 does nothing, but for Empty and Distant, which have none. JPEG is not
// of the pixels: it is the quality to encode at. The error is ErrNoLesion, ErrNoSkin or ErrTooFar where the picture does not allow it.
func Spoil(p Picture, f Fault) (Picture, error) {
	if p.Width < 1 || p.Height < 1 || len(p.Pix) != 3*p.Width*p.Height || math.IsNaN(f.Amount) || f.Amount < 0 {
		return Picture{}, fmt.Errorf("degrade: not a picture, or not an amount")
	}
	r := rand.New(rand.NewPCG(f.Seed, f.Kind.hash()))
	if f.Amount == 0 && f.Kind != Empty && f.Kind != Distant {
		return p.plain(), nil
	}
	switch f.Kind {
	case Original, JPEG:
		return p.plain(), nil
	case Blur:
		return blur(p, f.Amount*p.unit()), nil
	case Motion:
		return motion(p, f.Amount*p.unit(), angle(f.Direction, r)), nil
	case Over:
		return expose(p, f.Amount), nil
	case Under:
		return expose(p, -f.Amount), nil
	case Glare:
		return glare(p, f.Amount, r)
	case Cast:
		return cast(p, f.Amount, f.Direction)
	case Crop:
		return crop(p, f.Amount, r)
	case Hair:
		return hair(p, f.Amount, r)
	case Empty:
		return empty(p, r)
	case Distant:
		return distant(p, r)
	}
	return Picture{}, fmt.Errorf("degrade: unknown kind %q", f.Kind)
}

// fine is the JPEG quality of spoilt pictures, high so that the encoder adds no fault of its own.
const fine = 95

// JPEGQuality is the quality at which a picture with the fault is to be encoded: the fault's own for JPEG, 95 for all else.
func (f Fault) JPEGQuality() int {
	if f.Kind == JPEG && f.Amount > 0 {
		return int(f.Amount)
	}
	return fine
}

// EncodeImage gives the JPEG of a picture. Go's encoder halves the colours' resolution, which no clinical image may have; these are
// none.
func EncodeImage(img image.Image, quality int) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	return out.Bytes(), err
}

// Image gives the pixels as Go's image, opaque.
func (p Picture) Image() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(img.Pix[4*i:], p.Pix[3*i:3*i+3])
		img.Pix[4*i+3] = 255
	}
	return img
}

// FromImage gives a picture of Go's image, without field and lesion.
func FromImage(img image.Image) Picture {
	b := img.Bounds()
	p := Picture{Width: b.Dx(), Height: b.Dy(), Pix: make([]byte, 3*b.Dx()*b.Dy())}
	flat := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	draw.Draw(flat, flat.Rect, img, b.Min, draw.Src)
	for i := range p.Width * p.Height {
		copy(p.Pix[3*i:3*i+3], flat.Pix[4*i:])
	}
	return p
}
