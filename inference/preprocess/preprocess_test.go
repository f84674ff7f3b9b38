package preprocess_test

import (
	"bytes"
	"errors"
	"image"
	"math"
	"testing"

	"dermbox/appliance"
	"dermbox/inference/preprocess"
)

func spec(w, h int) preprocess.Spec {
	return preprocess.Spec{
		Width: w, Height: h, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
		Resize: preprocess.Squash, Mean: [3]float64{127.5, 127.5, 127.5}, Std: [3]float64{127.5, 127.5, 127.5},
	}
}

// pattern is a picture whose every byte is its own.
func pattern(w, h int) []byte {
	out := make([]byte, w*h*3)
	state := uint32(1)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = byte(state >> 24)
	}
	return out
}

func TestSameSizeIsTheIdentity(t *testing.T) {
	in := pattern(17, 9)
	s := spec(17, 9)
	got, err := s.Picture(in, 17, 9, image.Rect(0, 0, 17, 9))
	if err != nil || !bytes.Equal(preprocess.Bytes(got), in) {
		t.Fatalf("the picture changed: %v", err)
	}
}

func TestAreaAverages(t *testing.T) {
	in := []byte{
		0, 0, 0, 100, 10, 1, 200, 20, 2,
		40, 4, 0, 140, 14, 1, 240, 24, 2,
	}
	tests := map[string]struct {
		w, h int
		want []byte
	}{
		"all into one":      {1, 1, []byte{120, 12, 1}},
		"rows into one":     {3, 1, []byte{20, 2, 0, 120, 12, 1, 220, 22, 2}},
		"a pixel in halves": {2, 1, []byte{53, 5, 0, 187, 19, 2}}, // (2*20+120)/3, (120+2*220)/3
		"enlarged":          {6, 2, []byte{0, 0, 0, 0, 0, 0, 100, 10, 1, 100, 10, 1, 200, 20, 2, 200, 20, 2, 40, 4, 0, 40, 4, 0, 140, 14, 1, 140, 14, 1, 240, 24, 2, 240, 24, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := spec(test.w, test.h).Picture(in, 3, 2, image.Rect(0, 0, 3, 2))
			if err != nil {
				t.Fatal(err)
			}
			if b := preprocess.Bytes(got); !bytes.Equal(b, test.want) {
				t.Fatalf("got %v, want %v", b, test.want)
			}
		})
	}
}

func TestFlatStaysFlat(t *testing.T) {
	in := bytes.Repeat([]byte{7, 130, 255}, 101*67)
	for _, size := range [][2]int{{96, 96}, {3, 5}, {101, 67}, {128, 200}} {
		got, err := spec(size[0], size[1]).Picture(in, 101, 67, image.Rect(0, 0, 101, 67))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if want := uint32(in[i%3]) << 16; v != want {
				t.Fatalf("%v: value %d is %d, want %d", size, i, v, want)
			}
		}
	}
}

func TestNormaliseOrder(t *testing.T) {
	s := spec(2, 1)
	s.Mean, s.Std = [3]float64{1, 2, 3}, [3]float64{1, 2, 4}
	in := []byte{10, 20, 30, 40, 50, 60}
	tests := map[string]struct {
		layout preprocess.Layout
		colour preprocess.Colour
		want   []float32
	}{
		"nhwc rgb": {preprocess.NHWC, preprocess.RGB, []float32{9, 9, 6.75, 39, 24, 14.25}},
		"nhwc bgr": {preprocess.NHWC, preprocess.BGR, []float32{29, 9, 1.75, 59, 24, 9.25}},
		"nchw rgb": {preprocess.NCHW, preprocess.RGB, []float32{9, 39, 9, 24, 6.75, 14.25}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s.Layout, s.Colour = test.layout, test.colour
			got, err := s.Tensor(in, 2, 1, image.Rect(0, 0, 2, 1))
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if got[i] != test.want[i] {
					t.Fatalf("got %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestField(t *testing.T) {
	tests := map[string]struct {
		box      image.Rectangle
		fraction float64
		want     image.Rectangle
	}{
		"whole":        {image.Rectangle{}, 1, image.Rect(420, 0, 1500, 1080)},
		"part":         {image.Rectangle{}, 0.8, image.Rect(528, 108, 1392, 972)},
		"box":          {image.Rect(100, 100, 300, 400), 0.5, image.Rect(150, 200, 250, 300)},
		"box outside":  {image.Rect(-100, -100, 100, 100), 1, image.Rect(0, 0, 100, 100)},
		"never no one": {image.Rectangle{}, 1e-9, image.Rect(959, 539, 960, 540)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := preprocess.Field(1920, 1080, test.box, test.fraction); got != test.want {
				t.Fatalf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestPictureRefuses(t *testing.T) {
	tests := map[string]struct {
		n, w, h int
		field   image.Rectangle
	}{
		"short":         {11, 2, 2, image.Rect(0, 0, 2, 2)},
		"long":          {13, 2, 2, image.Rect(0, 0, 2, 2)},
		"no width":      {0, 0, 2, image.Rect(0, 0, 2, 2)},
		"overflow":      {12, math.MaxInt / 2, 4, image.Rect(0, 0, 2, 2)},
		"empty field":   {12, 2, 2, image.Rectangle{}},
		"field outside": {12, 2, 2, image.Rect(1, 1, 3, 3)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := spec(4, 4).Picture(make([]byte, test.n), test.w, test.h, test.field); err == nil {
				t.Fatal("taken")
			}
		})
	}
}

func TestSpecCheck(t *testing.T) {
	if err := spec(4, 4).Check(); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*preprocess.Spec){
		"input.width":    func(s *preprocess.Spec) { s.Width = 0 },
		"input.height":   func(s *preprocess.Spec) { s.Height = preprocess.MaxSide + 1 },
		"input.channels": func(s *preprocess.Spec) { s.Channels = 1 },
		"input.dtype":    func(s *preprocess.Spec) { s.DType = "float64" },
		"input.layout":   func(s *preprocess.Spec) { s.Layout = "" },
		"input.colour":   func(s *preprocess.Spec) { s.Colour = "gray" },
		"input.resize":   func(s *preprocess.Spec) { s.Resize = "linear" },
		"input.std":      func(s *preprocess.Spec) { s.Std[1] = 0 },
		"input.mean":     func(s *preprocess.Spec) { s.Mean[2] = math.Inf(1) },
	}
	for field, change := range changes {
		t.Run(field, func(t *testing.T) {
			s := spec(4, 4)
			change(&s)
			e, ok := errors.AsType[*appliance.Error](s.Check())
			if !ok || e.Code != appliance.Invalid || e.Field != field {
				t.Fatalf("got %v", e)
			}
		})
	}
}

func BenchmarkTensor1080p(b *testing.B) {
	in := pattern(1920, 1080)
	field := preprocess.Field(1920, 1080, image.Rectangle{}, 0.8)
	for b.Loop() {
		if _, err := spec(96, 96).Tensor(in, 1920, 1080, field); err != nil {
			b.Fatal(err)
		}
	}
}
