package demo_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/firmware/demo"
)

// photographs takes a case with IMAGES=DIR in the same clinic: no model knows such optics, so the finding must be "not
// assessed" and a dermatologist reads it, and the case reaches the trust.
func photographs(t *testing.T, r *rig) {
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o := r.options
	o.Images, o.Once, o.Out = t.TempDir(), true, &out
	for i := range 3 {
		writePhotograph(t, filepath.Join(o.Images, fmt.Sprintf("sample%d.jpg", i)), uint64(i))
	}
	if err := demo.Run(t.Context(), o); err != nil {
		t.Fatalf("Run with IMAGES = %v\n%s", err, out.String())
	}
	p := readPrinted(out.String())
	p.has(t, "camera", "scale not known")
	p.has(t, "card", "no reference card", "no calibration")
	if strings.Contains(out.String(), "mm/px") {
		t.Errorf("millimetres of a photograph:\n%s", out.String())
	}
	p.has(t, "quality", "public-256")
	p.has(t, "finding", "not assessed", "DERM_REVIEW_NO_AI")
	if strings.Contains(strings.Join(p["finding"], " "), "threshold") {
		t.Errorf("a model spoke of a photograph: %s", p["finding"])
	}
	p.has(t, "receipt", "verified")
	p.has(t, "reconcile", "same SHA-256")
}

// writePhotograph writes a picture with a dark blot on grained skin; no two seeds give the same.
func writePhotograph(t *testing.T, path string, seed uint64) {
	t.Helper()
	const w, h = 640, 480
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			grain := uint8(r.IntN(30))
			c := color.RGBA{R: 200 + grain, G: 150 + grain, B: 130 + grain, A: 255}
			if dx, dy := x-w/2, y-h/2; dx*dx+dy*dy < 110*110 {
				c = color.RGBA{R: 90 + grain, G: 55 + grain, B: 40 + grain, A: 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	f, err := os.Create(path)
	if err == nil {
		err = jpeg.Encode(f, m, &jpeg.Options{Quality: 92})
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
