//go:build opencv

package opencv

import (
	"bytes"
	"image/jpeg"
	"testing"

	"gocv.io/x/gocv"

	"dermbox/camera"
)

// half gives pixels whose left half is red and whose right half is blue, parted at an odd column.
func half(t *testing.T, w, h int) gocv.Mat {
	t.Helper()
	pixels := make([]byte, 3*w*h)
	for i := range w * h {
		if i%w < w/2+1 {
			pixels[3*i+2] = 255
		} else {
			pixels[3*i] = 255
		}
	}
	m, err := gocv.NewMatFromBytes(h, w, gocv.MatTypeCV8UC3, pixels)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEncode444(t *testing.T) {
	m := half(t, 67, 35)
	defer m.Close()
	jpg, err := encode444(m, 95)
	if err != nil {
		t.Fatal(err)
	}
	sof := bytes.Index(jpg, []byte{0xff, 0xc0})
	for i := range 3 {
		if got := jpg[sof+11+3*i]; got != 0x11 { // T.81 B.2.2: sampling factors of the component
			t.Errorf("component %d is sampled %#x", i, got)
		}
	}
	if _, w, h, err := camera.ScanHash(jpg); err != nil || w != 67 || h != 35 {
		t.Fatalf("%d x %d %v", w, h, err)
	}
	img, err := jpeg.Decode(bytes.NewReader(jpg))
	if err != nil {
		t.Fatal(err)
	}
	for x, red := range map[int]bool{5: true, 33: true, 34: false, 60: false} {
		r, _, b, _ := img.At(x, 17).RGBA()
		if (r > 0xc000) != red || (b > 0xc000) == red {
			t.Errorf("column %d: red %#x, blue %#x", x, r, b)
		}
	}
	again, err := encode444(m, 95)
	if err != nil || !bytes.Equal(again, jpg) {
		t.Fatal("the same pixels give other bytes: a frozen camera would not be noticed")
	}
	coarse, err := encode444(m, 20)
	if err != nil || len(coarse) >= len(jpg) {
		t.Fatalf("quality 20 gives %d bytes, 95 %d: %v", len(coarse), len(jpg), err)
	}
}

func TestEncode444Refuses(t *testing.T) {
	grey, empty := gocv.NewMatWithSize(4, 4, gocv.MatTypeCV8UC1), gocv.NewMat()
	defer grey.Close()
	defer empty.Close()
	for _, m := range []gocv.Mat{grey, empty} {
		if _, err := encode444(m, 95); err == nil {
			t.Errorf("%d x %d was encoded", m.Cols(), m.Rows())
		}
	}
}

func TestEveryControlHasAProperty(t *testing.T) {
	for _, name := range camera.ControlNames() {
		if _, ok := properties[name]; !ok {
			t.Errorf("%s has none", name)
		}
	}
	if len(properties) != len(camera.ControlNames()) {
		t.Errorf("%d properties", len(properties))
	}
}

func BenchmarkEncode444(b *testing.B) {
	m := gocv.NewMatWithSize(1080, 1920, gocv.MatTypeCV8UC3)
	defer m.Close()
	gocv.RandU(&m, gocv.NewScalar(100, 100, 100, 0), gocv.NewScalar(140, 140, 140, 0))
	b.Run("libjpeg 4:4:4", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode444(m, 95); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("OpenCV 4:2:0", func(b *testing.B) {
		for b.Loop() {
			buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, []int{gocv.IMWriteJpegQuality, 95})
			if err != nil {
				b.Fatal(err)
			}
			buf.Close()
		}
	})
}
