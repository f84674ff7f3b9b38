//go:build opencv

package opencv_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// The live picture is measured on fewer pixels and says what the still will say.
func TestLiveAgreesWithTheStill(t *testing.T) {
	c, p := startJudge(t), profile(t, "scope-1080")
	for i, f := range []scope.Fault{scope.FaultNone, scope.FaultBlur, scope.FaultDarken, scope.FaultGlare} {
		s := scope.Subject{Kind: scope.Lesions()[i%3], Tone: 1 + 2*(i%3), Seed: 3000 + int64(i), Hair: i%2 == 1}
		frame, err := scope.Photograph(opencv.Encoder{}, s, f)
		if err != nil {
			t.Fatal(err)
		}
		still, err := c.Metrics(t.Context(), frame, quality.Whole)
		if err != nil {
			t.Fatal(err)
		}
		live, err := c.Live(t.Context(), frame, quality.Whole)
		if err != nil {
			t.Fatal(err)
		}
		if still.Live || !live.Live || live.Width != 1920 || live.Height != 1080 || math.Abs(live.Field.Size-still.Field.Size) > 16 {
			t.Errorf("%s: %+v, live %+v", f, still, live)
		}
		if _, full := live.Values[quality.Blocks]; full {
			t.Errorf("%s: blocks cannot be seen in a reduced picture", f)
		}
		a, b := quality.Judge(p, still), quality.Judge(p, live)
		got, want := failures(b), failures(a)
		if a.Pass != b.Pass || len(got) > 0 && got[0] != want[0] { // what else fails of a bad picture may differ
			t.Errorf("%s: live %v, still %v", f, got, want)
		}
	}
}

// A picture of any size is measured or refused, and a small one says so.
func TestOddSizes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {8, 500}, {33, 33}, {200, 150}, {511, 263}, {1024, 1025}, {3000, 64}} {
		picture := plain(t, size[0], size[1], 120)
		for name, measure := range map[string]func([]byte, quality.Part) (quality.Metrics, error){"still": opencv.Measure, "live": opencv.Live} {
			m, err := measure(picture, quality.Whole)
			if err != nil || m.Width != size[0] || m.Height != size[1] {
				t.Errorf("%s of %v: %+v, %v", name, size, m, err)
			}
			for key, v := range m.Values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s of %v: %s is %g", name, size, key, v)
				}
			}
			if m.Values[quality.Focus] > 0.1 {
				t.Errorf("%s of %v: an even grey has focus %g", name, size, m.Values[quality.Focus])
			}
		}
	}
}

// plain is a picture of one grey, but for its first pixel.
func plain(t *testing.T, width, height int, level uint8) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = level
	}
	img.SetGray(0, 0, color.Gray{Y: 100})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
