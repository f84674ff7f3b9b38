package quality_test

import (
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// greyOf is the luma of a drawing with fresh sensor noise, moved by some pixels, as a camera's frame would show it.
func greyOf(img *image.RGBA, dx, dy int, r *rand.Rand) (grey []byte, width, height int) {
	width, height = img.Rect.Dx(), img.Rect.Dy()
	grey = make([]byte, width*height)
	for y := range height {
		for x := range width {
			i := img.PixOffset(min(max(x+dx, 0), width-1), min(max(y+dy, 0), height-1))
			luma := (299*int(img.Pix[i]) + 587*int(img.Pix[i+1]) + 114*int(img.Pix[i+2])) / 1000
			grey[y*width+x] = byte(min(max(float64(luma)+2*r.NormFloat64(), 0), 255))
		}
	}
	return grey, width, height
}

func hashOf(img *image.RGBA, dx, dy int, r *rand.Rand) string {
	grey, w, h := greyOf(img, dx, dy, r)
	return quality.Hash(grey, w, h, quality.FindField(grey, w, h))
}

// TestHashTellsLesionsApart: another frame of the same lesion, a little moved, is nearer than the profile's limit; another
// lesion is not. The hundreds that the limit was chosen from are in docs/quality.md.
func TestHashTellsLesionsApart(t *testing.T) {
	limit := twinLimit(t, "scope-1080")
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	for _, kind := range scope.Lesions() {
		for seed := range int64(5) {
			img := scope.Draw(scope.Random(kind, seed), 640, 360)
			one := hashOf(img, 0, 0, r)
			for _, move := range [][2]int{{0, 0}, {3, -2}, {-4, 4}} {
				if d, ok := quality.Distance(one, hashOf(img, move[0], move[1], r)); !ok || float64(d) >= limit {
					t.Errorf("%s %d moved by %v is %d bits away", kind, seed, move, d)
				}
			}
			all = append(all, one)
		}
	}
	for i, a := range all {
		for j, b := range all[:i] {
			if d, ok := quality.Distance(a, b); !ok || float64(d) < limit {
				t.Errorf("lesions %d and %d are %d bits apart", i, j, d)
			}
		}
	}
}

func twinLimit(t *testing.T, profile string) float64 {
	t.Helper()
	p := load(t, profile)
	i := slices.IndexFunc(p.Limits, func(l quality.Limit) bool { return l.Name == quality.Twin })
	if i < 0 || p.Limits[i].Min == nil || !p.Limits[i].Hard {
		t.Fatalf("%s has no hard limit of twins", profile)
	}
	return *p.Limits[i].Min
}

func TestHashOfWhatHasNone(t *testing.T) {
	grey := make([]byte, 40*40)
	for name, f := range map[string]quality.Field{
		"no field at all":      {},
		"a field too small":    {Shape: quality.ShapeDisc, X: 20, Y: 20, Size: 20},
		"a field past the rim": {Shape: quality.ShapeDisc, X: 35, Y: 20, Size: 60},
	} {
		if h := quality.Hash(grey, 40, 40, f); h != "" {
			t.Errorf("%s: %q", name, h)
		}
	}
	if h := quality.Hash(grey[:10], 40, 40, quality.Field{Shape: quality.ShapeNone}); h != "" {
		t.Errorf("missing pixels: %q", h)
	}
	if h := quality.Hash(grey, 40, 40, quality.Field{Shape: quality.ShapeNone}); len(h) != 16 {
		t.Errorf("no rim: %q", h)
	}
}

func TestDistance(t *testing.T) {
	for name, tt := range map[string]struct {
		a, b  string
		apart int
		ok    bool
	}{
		"equal":      {"00ff00ff00ff00ff", "00ff00ff00ff00ff", 0, true},
		"one bit":    {"0000000000000000", "0000000000000800", 1, true},
		"all bits":   {"0000000000000000", "ffffffffffffffff", 64, true},
		"none":       {"", "ffffffffffffffff", 0, false},
		"too short":  {"ffff", "ffffffffffffffff", 0, false},
		"not digits": {"ffffffffffffffff", "zzzzzzzzzzzzzzzz", 0, false},
		"a sign":     {"ffffffffffffffff", "+fffffffffffffff", 0, false},
	} {
		d, ok := quality.Distance(tt.a, tt.b)
		if ok != tt.ok || ok && d != tt.apart {
			t.Errorf("%s: %d, %v", name, d, ok)
		}
	}
}
