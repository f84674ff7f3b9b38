package evaluate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/evaluate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is a gate that knows brightness alone: what a real one measures is tested with the real one.
type gate struct{ err error }

func (g gate) Metrics(_ context.Context, raw []byte, _ quality.Part) (quality.Metrics, error) {
	if g.err != nil {
		return quality.Metrics{}, g.err
	}
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		return quality.Metrics{}, appliance.E(appliance.Invalid, "camera.error.damaged", err)
	}
	b, sum := img.Bounds(), 0.0
	for y := range b.Dy() {
		for x := range b.Dx() {
			sum += float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	mean := sum / float64(b.Dx()*b.Dy())
	return quality.Metrics{Width: b.Dx(), Height: b.Dy(), Field: quality.Field{Shape: quality.ShapeSquare, X: float64(b.Dx()) / 2, Y: float64(b.Dy()) / 2, Size: float64(b.Dy())},
		Values: map[string]float64{quality.ExposureMean: mean, quality.Focus: 10}}, nil
}

// Lesion finds a round one in the middle.
func (g gate) Lesion(context.Context, []byte) (quality.Mask, []byte, error) {
	mask := make([]byte, 32*32)
	for i := range mask {
		if math.Hypot(float64(i%32)-16, float64(i/32)-16) < 7 {
			mask[i] = 255
		}
	}
	return quality.Mask{Width: 32, Height: 32, Scale: 0.5}, mask, g.err
}

// profile allows a middling brightness and nothing else.
func profile() *quality.Profile {
	lo, hi := 80.0, 200.0
	return &quality.Profile{Limits: []quality.Limit{{Name: quality.ExposureMean, Min: &lo, Max: &hi, Hard: true}}}
}

// photo is the JPEG of an even picture of 64 by 64 with a darker middle.
func photo(t testing.TB, light byte) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		v := light
		if math.Hypot(float64(i%64)-32, float64(i/64)-32) < 14 {
			v = light / 2
		}
		img.SetRGBA(i%64, i/64, color.RGBA{v, v - v/5, v - v/4, 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sources(t testing.TB, n int) (list []evaluate.Source) {
	t.Helper()
	for i := range n {
		raw := photo(t, byte(170+i))
		list = append(list, evaluate.Photograph(fmt.Sprintf("%02d.jpg", i), i == 0, func() ([]byte, error) { return raw, nil }))
	}
	return list
}

var errGone = errors.New("gone")

// soon bounds what must never hang.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
