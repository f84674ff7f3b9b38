package preprocess_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"math"
	"testing"

	"dermbox/inference/preprocess"
)

// tensorDigest is short, and another bit of the tensor makes it another.
func tensorDigest(tensor []float32) string {
	h := sha256.New()
	binary.Write(h, binary.LittleEndian, tensor)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// norms are the normalisations that models are trained with.
var norms = map[string][2][3]float64{
	"-1 to 1":  {{127.5, 127.5, 127.5}, {127.5, 127.5, 127.5}},
	"0 to 1":   {{}, {255, 255, 255}},
	"ImageNet": {{123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}},
}

// TestGolden pins the bits of the whole path from a still's bytes, for every resize, colour order, layout and normalisation: a
// model's behaviour rests on them. Whoever has to change a digest gives preprocess.Version another number.
func TestGolden(t *testing.T) {
	rgb, w, h, err := preprocess.Decode(photograph(t, "422-restarts.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	field := preprocess.Field(w, h, image.Rect(2, 1, w, h), 0.9)
	seen := map[string]string{}
	for _, resize := range []preprocess.Resize{preprocess.Squash, preprocess.Crop, preprocess.Letterbox} {
		for _, colour := range []preprocess.Colour{preprocess.RGB, preprocess.BGR} {
			for _, layout := range []preprocess.Layout{preprocess.NHWC, preprocess.NCHW} {
				for norm, ms := range norms {
					name := fmt.Sprintf("%s %s %s %s", resize, colour, layout, norm)
					s := preprocess.Spec{Width: 24, Height: 16, Channels: 3, DType: "float32", Layout: layout, Colour: colour, Resize: resize, Mean: ms[0], Std: ms[1]}
					tensor, err := s.Tensor(rgb, w, h, field)
					if err != nil {
						t.Fatal(err)
					}
					got := tensorDigest(tensor)
					if want := golden[name]; got != want {
						t.Errorf("%q: %q, // was %q", name, got, want)
					}
					if other, ok := seen[got]; ok {
						t.Errorf("%s and %s are one", name, other)
					}
					seen[got] = name
				}
			}
		}
	}
}

// The layouts and colour orders hold the same numbers in other places.
func TestOrdersHoldTheSameValues(t *testing.T) {
	in := pattern(40, 30)
	field := preprocess.Field(40, 30, image.Rectangle{}, 1)
	s := spec(7, 5)
	s.Std, s.Mean = [3]float64{255, 255, 255}, [3]float64{}
	want, err := s.Tensor(in, 40, 30, field)
	if err != nil {
		t.Fatal(err)
	}
	s.Layout, s.Colour = preprocess.NCHW, preprocess.BGR
	got, err := s.Tensor(in, 40, 30, field)
	if err != nil {
		t.Fatal(err)
	}
	for pixel := range 7 * 5 {
		for channel := range 3 {
			if got[(2-channel)*35+pixel] != want[pixel*3+channel] {
				t.Fatalf("pixel %d, channel %d", pixel, channel)
			}
		}
	}
}

// FuzzTensor takes pictures and inputs of odd shapes: one pixel, one row, a field at the edge. Each value is one that the picture's
// bytes can give, or black of a letterbox.
func FuzzTensor(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint16(1), uint16(1), uint16(1), uint16(1), uint16(0), 1.0, uint8(0))
	f.Add([]byte{9, 200, 30, 4}, uint16(1), uint16(900), uint16(96), uint16(96), uint16(0), 0.5, uint8(1))
	f.Add([]byte{9, 200, 30, 4}, uint16(900), uint16(1), uint16(1), uint16(64), uint16(0), 0.001, uint8(2))
	f.Add([]byte{7}, uint16(300), uint16(2), uint16(64), uint16(1), uint16(299), 0.85, uint8(6))
	f.Fuzz(func(t *testing.T, colours []byte, w, h, toW, toH, left uint16, fraction float64, how uint8) {
		width, height := 1+int(w)%1024, 1+int(h)%1024
		if width*height > 1<<16 || len(colours) == 0 || !(fraction > 0 && fraction <= 1) {
			return
		}
		s := spec(1+int(toW)%64, 1+int(toH)%64)
		s.Resize = []preprocess.Resize{preprocess.Squash, preprocess.Crop, preprocess.Letterbox}[how%3]
		s.Layout = []preprocess.Layout{preprocess.NHWC, preprocess.NCHW}[how/3%2]
		s.Mean, s.Std = [3]float64{}, [3]float64{1, 1, 1}
		rgb := make([]byte, width*height*3)
		low, high := math.Inf(1), math.Inf(-1)
		for i := range rgb {
			rgb[i] = colours[i%len(colours)]
			low, high = min(low, float64(rgb[i])), max(high, float64(rgb[i]))
		}
		if s.Resize == preprocess.Letterbox {
			low = 0
		}
		box := image.Rect(int(left)%width, 0, width, height)
		tensor, err := s.Tensor(rgb, width, height, preprocess.Field(width, height, box, fraction))
		if err != nil || len(tensor) != s.Size() {
			t.Fatalf("%d values, %v", len(tensor), err)
		}
		for i, v := range tensor {
			if float64(v) < low || float64(v) > high {
				t.Fatalf("value %d is %v, outside of %v to %v", i, v, low, high)
			}
		}
	})
}

// golden are the first 8 bytes of the SHA-256 of each tensor, little-endian.
var golden = map[string]string{
	"crop bgr nchw -1 to 1":       "6950cb2cb577cffb",
	"crop bgr nchw 0 to 1":        "3b11209dbfe3773c",
	"crop bgr nchw ImageNet":      "ccfb40f7c3b7afcf",
	"crop bgr nhwc -1 to 1":       "cfaa1eab5c46d63d",
	"crop bgr nhwc 0 to 1":        "5f7bc1b6541a016d",
	"crop bgr nhwc ImageNet":      "eba07d7e93b85012",
	"crop rgb nchw -1 to 1":       "69d9130350b18814",
	"crop rgb nchw 0 to 1":        "df565bc5fdf9faf0",
	"crop rgb nchw ImageNet":      "65ecaff508e30b72",
	"crop rgb nhwc -1 to 1":       "7f3dee147f970d95",
	"crop rgb nhwc 0 to 1":        "31db3676a823eb0c",
	"crop rgb nhwc ImageNet":      "4965b78d58d9ab38",
	"letterbox bgr nchw -1 to 1":  "e90b72e7e869be0d",
	"letterbox bgr nchw 0 to 1":   "41a358541d08aedc",
	"letterbox bgr nchw ImageNet": "e4a00d59d0efdcc6",
	"letterbox bgr nhwc -1 to 1":  "10f94bdc0d1a384f",
	"letterbox bgr nhwc 0 to 1":   "5e1a56f4c57e689f",
	"letterbox bgr nhwc ImageNet": "964003a307998aa3",
	"letterbox rgb nchw -1 to 1":  "c1d9c952c71b0821",
	"letterbox rgb nchw 0 to 1":   "bbc0f19dac29c957",
	"letterbox rgb nchw ImageNet": "1bae54aa711cc9ea",
	"letterbox rgb nhwc -1 to 1":  "a1e8b56b2b5194a3",
	"letterbox rgb nhwc 0 to 1":   "8cc9136da62824b9",
	"letterbox rgb nhwc ImageNet": "df98bff6d106a40a",
	"squash bgr nchw -1 to 1":     "857d4f3afd014872",
	"squash bgr nchw 0 to 1":      "2511f335f622f749",
	"squash bgr nchw ImageNet":    "ca9b20cc33e8024e",
	"squash bgr nhwc -1 to 1":     "75fef4217ca56733",
	"squash bgr nhwc 0 to 1":      "d3f39c1e0f7407b2",
	"squash bgr nhwc ImageNet":    "e12d79f66f791958",
	"squash rgb nchw -1 to 1":     "212d3fce3b985312",
	"squash rgb nchw 0 to 1":      "6d735bb333b2df13",
	"squash rgb nchw ImageNet":    "83370ee7c70a8bf0",
	"squash rgb nhwc -1 to 1":     "e6120aa20b09a3f8",
	"squash rgb nhwc 0 to 1":      "a28ba0b0feaa8127",
	"squash rgb nhwc ImageNet":    "7415fed2e89a3788",
}
