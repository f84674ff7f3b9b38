package scope_test

import (
	"bytes"
	"testing"

	"dermbox/camera/scope"
)

// The outline is where a drawing differs from skin: darker within than without, and nowhere without a lesion.
func TestOutlined(t *testing.T) {
	for _, kind := range scope.Lesions() {
		s := scope.Subject{Kind: kind, Tone: 2, Seed: 7}
		img, lesion := scope.Outlined(s, 480, side)
		if !bytes.Equal(img.Pix, scope.Draw(s, 480, side).Pix) {
			t.Errorf("%s: asking for the outline changes the drawing", kind)
		}
		var in, out, n, m float64
		for i, l := range lesion {
			v := luma(img.At(i%480, i/480))
			switch {
			case l:
				in, n = in+v, n+1
			case v > 30:
				out, m = out+v, m+1
			}
		}
		if n < 1000 || n > 0.7*(n+m) || in/n > out/m-15 {
			t.Errorf("%s: %.0f pixels of luma %.0f, the skin's is %.0f", kind, n, in/n, out/m)
		}
	}
	_, lesion := scope.Outlined(scope.Subject{Kind: scope.Empty, Tone: 2, Seed: 7}, 480, side)
	for i, l := range lesion {
		if l {
			t.Fatalf("bare skin has a lesion at %d", i)
		}
	}
}

func TestExposeAddsNoise(t *testing.T) {
	s := scope.Subject{Kind: scope.Empty, Tone: 3, Seed: 1}
	scene := scope.Draw(s, 480, side)
	a, b := scope.Expose(s, scene), scope.Expose(s, scene)
	if !bytes.Equal(a.Pix, b.Pix) || bytes.Equal(a.Pix, scene.Pix) {
		t.Error("the noise is not the subject's own, or there is none")
	}
}
