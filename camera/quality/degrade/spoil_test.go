package degrade_test

import (
	"bytes"
	"errors"
	"image/jpeg"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

// amount is a plain amount of a kind.
func amount(k degrade.Kind) float64 {
	return map[degrade.Kind]float64{degrade.Glare: 0.08, degrade.Cast: 10, degrade.JPEG: 5, degrade.Crop: 0.4, degrade.Hair: 0.3,
		degrade.Blur: 3, degrade.Motion: 12, degrade.Over: 2.5, degrade.Under: 2.5}[k]
}

func direction(k degrade.Kind) string {
	if k == degrade.Cast {
		return "warm"
	}
	return ""
}

func TestTheSameFaultGivesTheSamePixels(t *testing.T) {
	for _, shape := range []string{quality.ShapeSquare, quality.ShapeDisc} {
		p := mole(64, shape)
		before := bytes.Clone(p.Pix)
		for _, k := range degrade.Kinds() {
			f := degrade.Fault{Kind: k, Amount: amount(k), Direction: direction(k), Seed: 5}
			a, b := spoil(t, p, f), spoil(t, p, f)
			if !bytes.Equal(a.Pix, b.Pix) {
				t.Errorf("%s differs from one time to the next", k)
			}
			if bytes.Equal(a.Pix, p.Pix) != (k == degrade.JPEG) {
				t.Errorf("%s: what was spoilt, and whether it was, is wrong", k)
			}
			if a.Width != p.Width || a.Height != p.Height || len(a.Pix) != len(p.Pix) {
				t.Errorf("%s changes the size", k)
			}
		}
		if !bytes.Equal(before, p.Pix) {
			t.Error("the original was written into")
		}
	}
}

func TestNothingOfAFaultIsNothing(t *testing.T) {
	p := mole(64, quality.ShapeSquare)
	for _, k := range degrade.Kinds() {
		if k == degrade.Empty || k == degrade.Distant {
			continue
		}
		if got := spoil(t, p, degrade.Fault{Kind: k, Direction: direction(k)}); !bytes.Equal(got.Pix, p.Pix) {
			t.Errorf("%s of 0 changes the picture", k)
		}
	}
}

// Odd and tiny pictures are refused or spoilt, and nothing else.
func TestEverySizeIsTaken(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 7}, {7, 1}, {2, 2}, {3, 5}, {31, 18}} {
		n := size[0] * size[1]
		for _, shape := range []string{quality.ShapeNone, quality.ShapeSquare, quality.ShapeDisc} {
			p := degrade.Picture{Width: size[0], Height: size[1], Pix: bytes.Repeat([]byte{180, 140, 120}, n), Lesion: make([]bool, n),
				Field: quality.Field{Shape: shape, X: float64(size[0]) / 2, Y: float64(size[1]) / 2, Size: float64(max(size[0], size[1]))}}
			for _, marked := range []int{0, n / 3, n} {
				for i := range p.Lesion {
					p.Lesion[i] = i < marked
				}
				everyKind(t, p)
			}
		}
	}
	if _, err := degrade.Spoil(degrade.Picture{}, degrade.Fault{Kind: degrade.Blur, Amount: 1}); err == nil {
		t.Error("no picture at all was spoilt")
	}
	if _, err := degrade.Spoil(mole(8, quality.ShapeSquare), degrade.Fault{Kind: "rain", Amount: 1}); err == nil {
		t.Error("an unknown kind was done")
	}
}

func everyKind(t *testing.T, p degrade.Picture) {
	t.Helper()
	for _, k := range degrade.Kinds() {
		_, err := degrade.Spoil(p, degrade.Fault{Kind: k, Amount: amount(k), Direction: direction(k), Seed: 1})
		if err != nil && !errors.Is(err, degrade.ErrNoLesion) && !errors.Is(err, degrade.ErrNoSkin) && !errors.Is(err, degrade.ErrTooFar) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestEncode(t *testing.T) {
	p := mole(64, quality.ShapeSquare)
	poor, err := degrade.EncodeImage(p.Image(), degrade.Fault{Kind: degrade.JPEG, Amount: 5}.JPEGQuality())
	if err != nil {
		t.Fatal(err)
	}
	fine, err := degrade.EncodeImage(p.Image(), degrade.Fault{Kind: degrade.Blur, Amount: 5}.JPEGQuality())
	if err != nil || len(fine) < 3*len(poor) {
		t.Fatalf("%d bytes at quality 95, %d at 5, %v", len(fine), len(poor), err)
	}
	img, err := jpeg.Decode(bytes.NewReader(fine))
	if err != nil {
		t.Fatal(err)
	}
	if back := degrade.FromImage(img); back.Width != 64 || back.Height != 64 || len(back.Pix) != len(p.Pix) {
		t.Fatalf("%d x %d", back.Width, back.Height)
	}
}
