package scope

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// texture is a picture of slow shades and fine detail, of another colour everywhere.
func texture(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			fine := 40 * math.Sin(float64(x)*1.9) * math.Cos(float64(y)*2.3)
			m.SetRGBA(x, y, color.RGBA{R: byte(120 + fine + 60*float64(x)/float64(w)), G: byte(110 - fine + 60*float64(y)/float64(h)), B: byte(100 + fine), A: 255})
		}
	}
	return m
}

// mean is the mean level of a rectangle whose edges may lie within pixels.
func mean(m *image.RGBA, x0, y0, x1, y1 float64) (sum [3]float64) {
	part := func(i int, lo, hi float64) float64 { return min(hi, float64(i+1)) - max(lo, float64(i)) }
	for y := int(y0); float64(y) < y1; y++ {
		for x := int(x0); float64(x) < x1; x++ {
			share := part(x, x0, x1) * part(y, y0, y1) / ((x1 - x0) * (y1 - y0))
			for c, v := range m.Pix[m.PixOffset(x, y):][:3] {
				sum[c] += share * float64(v)
			}
		}
	}
	return sum
}

// What averages areas on the way to a model gets of the enlarged or reduced picture what it would get of the picture itself.
func TestResizeKeepsWhatAModelSees(t *testing.T) {
	const input = 56
	for _, sides := range [][2]int{{64, 270}, {64, 64}, {500, 270}, {541, 270}} {
		from := texture(sides[0], sides[0])
		to := resize(from, sides[1])
		if to.Rect.Dx() != sides[1] || to.Rect.Dy() != sides[1] {
			t.Fatalf("%v: %v", sides, to.Rect)
		}
		a, b := float64(sides[0])/input, float64(sides[1])/input
		off := 0.0
		for y := range input {
			for x := range input {
				fx, fy := float64(x), float64(y)
				want, got := mean(from, fx*a, fy*a, (fx+1)*a, (fy+1)*a), mean(to, fx*b, fy*b, (fx+1)*b, (fy+1)*b)
				for c := range want {
					off += math.Abs(got[c]-want[c]) / (3 * input * input)
				}
			}
		}
		if off > 1.5 { // a blend of the four nearest: 2.2
			t.Errorf("%d to %d: mean difference %.2f of 255", sides[0], sides[1], off)
		}
	}
}

// A photograph fills the square in the middle of the frame, to its last row, with its own proportions: of one that is wider or higher the
// middle is shown. All else is black.
func TestPhotographFillsTheHeight(t *testing.T) {
	red, green := color.RGBA{R: 220, A: 255}, color.RGBA{G: 180, A: 255}
	for name, size := range map[string]image.Point{"square": {64, 64}, "wide": {128, 64}, "high": {64, 96}, "large": {600, 500}, "odd": {65, 64}} {
		m := image.NewRGBA(image.Rectangle{Max: size})
		side := min(size.X, size.Y)
		middle := image.Rect((size.X-side)/2, (size.Y-side)/2, (size.X-side)/2+side, (size.Y-side)/2+side)
		for y := range size.Y {
			for x := range size.X {
				if m.SetRGBA(x, y, red); image.Pt(x, y).In(middle) {
					m.SetRGBA(x, y, green)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "p.png")
		f, err := os.Create(path)
		if err == nil {
			err = png.Encode(f, m)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := loadPhoto(path, image.Pt(480, 270))
		if err != nil {
			t.Fatal(err)
		}
		shown := image.Rect(105, 0, 375, 270)
		for y := range 270 {
			for x := range 480 {
				want := color.RGBA{R: 4, G: 4, B: 4, A: 255}
				if image.Pt(x, y).In(shown) {
					want = green
				}
				if c := got.RGBAAt(x, y); c != want {
					t.Fatalf("%s: %v at %d,%d, want %v", name, c, x, y, want)
				}
			}
		}
	}
}
