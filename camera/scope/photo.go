package scope

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
)

// Encoder turns a picture into a baseline JPEG with one restart interval for each row of coding units; it is safe for
// concurrent use. Quality is libjpeg's, 1 to 100.
type Encoder interface {
	Encode(img *image.RGBA, quality int) ([]byte, error)
}

// Quality is the JPEG quality of the scope's frames.
const Quality = 92

// Photograph draws a subject, lets it be spoilt by a fault of the picture, exposes it once and encodes it: one frame's JPEG
// without a stream, as the data set for training holds it.
func Photograph(e Encoder, s Subject, f Fault) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	r := s.rand("exposure")
	return e.Encode(newSensor(r).expose(f.spoil(Draw(s, Width, Height)), r), Quality)
}

// newDeck exposes and encodes a scene a few times and checks that a spliced frame comes out whole.
func newDeck(e Encoder, scene *image.RGBA, s *sensor, r *rand.Rand) (*Deck, error) {
	const few = 6
	variants := make([][]byte, few)
	for i := range variants {
		jpeg, err := e.Encode(s.expose(scene, r), Quality)
		if err != nil {
			return nil, fmt.Errorf("encode scene: %w", err)
		}
		variants[i] = jpeg
	}
	d, err := NewDeck(variants)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(d.Frame(r), d.Frame(r)) {
		return nil, fmt.Errorf("two frames are equal: the scene has no noise")
	}
	return d, nil
}

// The size of the scope's frames in pixels, and their rate.
const (
	Width  = 1920
	Height = 1080
	FPS    = 30
)
