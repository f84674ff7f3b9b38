package camera_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"dermbox/camera"
)

// grainy gives a picture with shades and a sensor's noise, so that its JPEG is of a camera's size.
func grainy(w, h int) *image.RGBA {
	rng := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			n, shade := rng.IntN(10), 40*x/w+40*y/h
			img.SetRGBA(x, y, color.RGBA{uint8(140 + shade + n), uint8(100 + shade + n), uint8(80 + shade + n), 255})
		}
	}
	return img
}

// encoded is a picture as image/jpeg encodes it: 4:2:0, no restart intervals, the standard's Huffman tables.
func encoded(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkCheckScan holds the check against Go's decoder, and against the walk that each frame gets.
func BenchmarkCheckScan(b *testing.B) {
	data := encoded(b, grainy(1920, 1080), 90)
	for name, work := range map[string]func() error{
		"CheckScan":  func() error { return camera.CheckScan(data) },
		"ScanHash":   func() error { _, _, _, err := camera.ScanHash(data); return err },
		"image-jpeg": func() error { _, err := jpeg.Decode(bytes.NewReader(data)); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
