package scope_test

import (
	"bytes"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"dermbox/camera"
	"dermbox/camera/scope"
)

func variants(t testing.TB) (all [][]byte) {
	t.Helper()
	for _, name := range []string{"restarts-0.jpg", "restarts-1.jpg", "restarts-2.jpg"} {
		b, err := os.ReadFile(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func TestSplicedFramesAreWhole(t *testing.T) {
	d, err := scope.NewDeck(variants(t))
	if err != nil {
		t.Fatal(err)
	}
	r, seen := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
	for range 400 {
		frame := d.Frame(r)
		sum, w, h, err := camera.ScanHash(frame)
		if err != nil || w != 64 || h != 48 {
			t.Fatalf("%d x %d: %v", w, h, err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(frame)); err != nil {
			t.Fatal(err)
		}
		seen[sum] = true
	}
	if len(seen) != 27 { // three rows of three variants
		t.Fatalf("%d splices, not 27", len(seen))
	}
}

func TestDeckRefuses(t *testing.T) {
	v := variants(t)
	plain := bytes.Clone(v[0])
	plain[bytes.Index(plain, []byte{0xff, 0xdb})+5]++ // another quantisation
	for name, bad := range map[string][][]byte{
		"nothing": nil, "one": v[:1], "empty": {nil, nil}, "text": {[]byte("no picture"), []byte("no picture")},
		"cut": {v[0], v[1][:len(v[1])/2]}, "cut early": {v[0][:12], v[1]}, "another quantisation": {v[0], plain},
	} {
		if _, err := scope.NewDeck(bad); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func FuzzNewDeck(f *testing.F) {
	v := variants(f)
	f.Add(v[0], v[1])
	f.Add(v[0], v[1][:400])
	f.Fuzz(func(_ *testing.T, a, b []byte) {
		if d, err := scope.NewDeck([][]byte{a, b}); err == nil {
			d.Frame(rand.New(rand.NewPCG(1, 2)))
		}
	})
}
