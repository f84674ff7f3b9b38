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
	for _, s := range everySpec() {
		name := fmt.Sprintf("%dx%d %s %s %s %s", s.Width, s.Height, s.Resize, s.Colour, s.Layout, normOf(s))
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
	if len(seen) != len(golden) {
		t.Errorf("%d kinds, %d digests", len(seen), len(golden))
	}
}

// everySpec gives wide and high inputs of every kind.
func everySpec() (all []preprocess.Spec) {
	for _, size := range [][2]int{{24, 16}, {16, 24}} {
		for _, resize := range []preprocess.Resize{preprocess.Squash, preprocess.Crop, preprocess.Letterbox} {
			for _, colour := range []preprocess.Colour{preprocess.RGB, preprocess.BGR} {
				for _, layout := range []preprocess.Layout{preprocess.NHWC, preprocess.NCHW} {
					for _, n := range norms {
						all = append(all, preprocess.Spec{Width: size[0], Height: size[1], Channels: 3, DType: "float32", Layout: layout,
							Colour: colour, Resize: resize, Mean: n[0], Std: n[1]})
					}
				}
			}
		}
	}
	return all
}

func normOf(s preprocess.Spec) string {
	for name, n := range norms {
		if n == [2][3]float64{s.Mean, s.Std} {
			return name
		}
	}
	return ""
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
	"16x24 crop bgr nchw -1 to 1":       "30dc03d06bc47479",
	"16x24 crop bgr nchw 0 to 1":        "0496ace298747c14",
	"16x24 crop bgr nchw ImageNet":      "f8a9438a372c2603",
	"16x24 crop bgr nhwc -1 to 1":       "7d767ac4dd6cad6a",
	"16x24 crop bgr nhwc 0 to 1":        "769b220608836f6d",
	"16x24 crop bgr nhwc ImageNet":      "21b677febb9e1fa2",
	"16x24 crop rgb nchw -1 to 1":       "ad678019b4e0f9b0",
	"16x24 crop rgb nchw 0 to 1":        "a3220f0506c9b390",
	"16x24 crop rgb nchw ImageNet":      "6c93fd33ad94decb",
	"16x24 crop rgb nhwc -1 to 1":       "ba50a28a5c1c0e69",
	"16x24 crop rgb nhwc 0 to 1":        "a0a4a4ef4e756366",
	"16x24 crop rgb nhwc ImageNet":      "f6b38fdc12b24106",
	"16x24 letterbox bgr nchw -1 to 1":  "78ffa588f0911d3b",
	"16x24 letterbox bgr nchw 0 to 1":   "647aa94744e89080",
	"16x24 letterbox bgr nchw ImageNet": "78bcd94428e960d9",
	"16x24 letterbox bgr nhwc -1 to 1":  "27482bd97bb4f777",
	"16x24 letterbox bgr nhwc 0 to 1":   "03c252f67ff3d28f",
	"16x24 letterbox bgr nhwc ImageNet": "52944c37f47b0c49",
	"16x24 letterbox rgb nchw -1 to 1":  "721b198f4b6dbc11",
	"16x24 letterbox rgb nchw 0 to 1":   "acfa416a9cb25ad6",
	"16x24 letterbox rgb nchw ImageNet": "6060301486f57d1c",
	"16x24 letterbox rgb nhwc -1 to 1":  "09a75050977ff1c4",
	"16x24 letterbox rgb nhwc 0 to 1":   "870c7a270f2226e9",
	"16x24 letterbox rgb nhwc ImageNet": "5caf9170eda491c9",
	"16x24 squash bgr nchw -1 to 1":     "4d0c107a297bc5ef",
	"16x24 squash bgr nchw 0 to 1":      "2c100b783a1e8b79",
	"16x24 squash bgr nchw ImageNet":    "e1eb7c46202fccda",
	"16x24 squash bgr nhwc -1 to 1":     "d6af2419ec3d9695",
	"16x24 squash bgr nhwc 0 to 1":      "12777d56dd24e377",
	"16x24 squash bgr nhwc ImageNet":    "7e1a96c3478e2412",
	"16x24 squash rgb nchw -1 to 1":     "c4983336dcb6ed65",
	"16x24 squash rgb nchw 0 to 1":      "8c3f99e4e065bc31",
	"16x24 squash rgb nchw ImageNet":    "8b93de414497f900",
	"16x24 squash rgb nhwc -1 to 1":     "e009eb46a919b908",
	"16x24 squash rgb nhwc 0 to 1":      "50f84c88a46f664b",
	"16x24 squash rgb nhwc ImageNet":    "dc8d405c9094e814",
	"24x16 crop bgr nchw -1 to 1":       "6950cb2cb577cffb",
	"24x16 crop bgr nchw 0 to 1":        "3b11209dbfe3773c",
	"24x16 crop bgr nchw ImageNet":      "ccfb40f7c3b7afcf",
	"24x16 crop bgr nhwc -1 to 1":       "cfaa1eab5c46d63d",
	"24x16 crop bgr nhwc 0 to 1":        "5f7bc1b6541a016d",
	"24x16 crop bgr nhwc ImageNet":      "eba07d7e93b85012",
	"24x16 crop rgb nchw -1 to 1":       "69d9130350b18814",
	"24x16 crop rgb nchw 0 to 1":        "df565bc5fdf9faf0",
	"24x16 crop rgb nchw ImageNet":      "65ecaff508e30b72",
	"24x16 crop rgb nhwc -1 to 1":       "7f3dee147f970d95",
	"24x16 crop rgb nhwc 0 to 1":        "31db3676a823eb0c",
	"24x16 crop rgb nhwc ImageNet":      "4965b78d58d9ab38",
	"24x16 letterbox bgr nchw -1 to 1":  "e90b72e7e869be0d",
	"24x16 letterbox bgr nchw 0 to 1":   "41a358541d08aedc",
	"24x16 letterbox bgr nchw ImageNet": "e4a00d59d0efdcc6",
	"24x16 letterbox bgr nhwc -1 to 1":  "10f94bdc0d1a384f",
	"24x16 letterbox bgr nhwc 0 to 1":   "5e1a56f4c57e689f",
	"24x16 letterbox bgr nhwc ImageNet": "964003a307998aa3",
	"24x16 letterbox rgb nchw -1 to 1":  "c1d9c952c71b0821",
	"24x16 letterbox rgb nchw 0 to 1":   "bbc0f19dac29c957",
	"24x16 letterbox rgb nchw ImageNet": "1bae54aa711cc9ea",
	"24x16 letterbox rgb nhwc -1 to 1":  "a1e8b56b2b5194a3",
	"24x16 letterbox rgb nhwc 0 to 1":   "8cc9136da62824b9",
	"24x16 letterbox rgb nhwc ImageNet": "df98bff6d106a40a",
	"24x16 squash bgr nchw -1 to 1":     "857d4f3afd014872",
	"24x16 squash bgr nchw 0 to 1":      "2511f335f622f749",
	"24x16 squash bgr nchw ImageNet":    "ca9b20cc33e8024e",
	"24x16 squash bgr nhwc -1 to 1":     "75fef4217ca56733",
	"24x16 squash bgr nhwc 0 to 1":      "d3f39c1e0f7407b2",
	"24x16 squash bgr nhwc ImageNet":    "e12d79f66f791958",
	"24x16 squash rgb nchw -1 to 1":     "212d3fce3b985312",
	"24x16 squash rgb nchw 0 to 1":      "6d735bb333b2df13",
	"24x16 squash rgb nchw ImageNet":    "83370ee7c70a8bf0",
	"24x16 squash rgb nhwc -1 to 1":     "e6120aa20b09a3f8",
	"24x16 squash rgb nhwc 0 to 1":      "a28ba0b0feaa8127",
	"24x16 squash rgb nhwc ImageNet":    "7415fed2e89a3788",
}
