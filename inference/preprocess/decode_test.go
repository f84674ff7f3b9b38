package preprocess_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"testing"

	"dermbox/inference/preprocess"
)

// photograph is a still as cameras give them.
func photograph(t testing.TB, name string) []byte {
	t.Helper()
	still, err := os.ReadFile("../../camera/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return still
}

// One photograph gives one set of pixels for ever: whoever changes the decoder, or takes a Go release that does, sees it here and
// gives Version another number.
func TestOnePhotographGivesOneSetOfPixels(t *testing.T) {
	for name, want := range map[string]string{
		"restarts-0.jpg":    "64x48 19fef919b7782315",
		"422-restarts.jpg":  "68x48 ee88eb255e749a38",
		"444.jpg":           "68x48 0d1d6c1841e29701",
		"grey-restarts.jpg": "68x48 74d012ddc7f4efc5",
		"progressive.jpg":   "68x48 23c516c2b2deaa61",
	} {
		rgb, w, h, err := preprocess.Decode(photograph(t, name))
		sum := sha256.Sum256(rgb)
		if got := fmt.Sprintf("%dx%d %x", w, h, sum[:8]); err != nil || got != want {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
}

func TestDecodeGivesThePixels(t *testing.T) {
	gray := image.NewGray(image.Rect(0, 0, 3, 2))
	gray.Pix = []byte{10, 10, 10, 10, 10, 10}
	flat := image.NewRGBA(image.Rect(0, 0, 9, 5))
	for i := range 9 * 5 {
		flat.Set(i%9, i/9, color.RGBA{200, 120, 90, 255})
	}
	for name, test := range map[string]struct {
		img  image.Image
		w, h int
		want [3]byte
	}{"grey": {gray, 3, 2, [3]byte{10, 10, 10}}, "colour": {flat, 9, 5, [3]byte{200, 120, 90}}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, test.img, &jpeg.Options{Quality: 100}); err != nil {
				t.Fatal(err)
			}
			rgb, w, h, err := preprocess.Decode(out.Bytes())
			if err != nil || w != test.w || h != test.h || len(rgb) != 3*w*h {
				t.Fatalf("%dx%d, %d bytes, %v", w, h, len(rgb), err)
			}
			for i, v := range rgb {
				if d := int(v) - int(test.want[i%3]); d < -1 || d > 1 {
					t.Fatalf("byte %d is %d, want %v", i, v, test.want)
				}
			}
		})
	}
}

// Motion JPEG, which most USB cameras speak, leaves the standard's Huffman tables out.
func TestDecodePutsTheStandardsTablesIn(t *testing.T) {
	var encoded bytes.Buffer
	img := image.NewRGBA(image.Rect(0, 0, 40, 24))
	for i := range 40 * 24 {
		img.Set(i%40, i/40, color.RGBA{byte(5 * i), byte(i / 3), byte(255 - i%40), 255})
	}
	if err := jpeg.Encode(&encoded, img, nil); err != nil {
		t.Fatal(err)
	}
	whole := encoded.Bytes()
	bare := bytes.Clone(whole)
	for at := bytes.Index(bare, []byte{0xff, 0xc4}); at > 0; at = bytes.Index(bare, []byte{0xff, 0xc4}) {
		bare = append(bare[:at], bare[at+2+int(bare[at+2])<<8+int(bare[at+3]):]...)
	}
	if len(bare) > len(whole)-400 {
		t.Fatal("the tables are still in")
	}
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Log("Go's decoder puts the tables in by itself now")
	}
	want, _, _, err := preprocess.Decode(whole)
	if err != nil {
		t.Fatal(err)
	}
	got, w, h, err := preprocess.Decode(bare)
	if err != nil || w != 40 || h != 24 || !bytes.Equal(got, want) {
		t.Errorf("%dx%d, the pixels of the whole: %v, %v", w, h, bytes.Equal(got, want), err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	still := photograph(t, "restarts-0.jpg")
	huge := bytes.Clone(still)
	at := bytes.Index(huge, []byte{0xff, 0xc0}) // the frame header: height and width follow its length and precision
	copy(huge[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	for name, bad := range map[string][]byte{
		"nothing": nil, "text": []byte("no photograph"), "cut short": still[:len(still)/2], "too many pixels": huge,
		"too many bytes": append(bytes.Clone(still), make([]byte, preprocess.MaxFile)...),
	} {
		t.Run(name, func(t *testing.T) {
			if rgb, w, h, err := preprocess.Decode(bad); err == nil || rgb != nil {
				t.Errorf("%dx%d, %d bytes, %v", w, h, len(rgb), err)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(photograph(f, "restarts-0.jpg"))
	f.Add(photograph(f, "progressive.jpg"))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xd9})
	f.Fuzz(func(t *testing.T, still []byte) {
		if c, err := jpeg.DecodeConfig(bytes.NewReader(still)); err == nil && c.Width*c.Height > 1<<22 {
			return // large pictures only slow the search
		}
		rgb, w, h, err := preprocess.Decode(still)
		if err == nil && (w < 1 || h < 1 || len(rgb) != 3*w*h) {
			t.Errorf("%dx%d, %d bytes", w, h, len(rgb))
		}
	})
}
