package camera_test

import (
	"bytes"
	"image"
	"math"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
)

// sixteen is a small picture of a quality.
func sixteen(t testing.TB, quality int) []byte {
	return encoded(t, image.NewRGBA(image.Rect(0, 0, 16, 16)), quality)
}

func TestLumaStep(t *testing.T) {
	for quality, want := range map[int]float64{100: 1, 75: 29.03, 50: 57.63, 15: 178, 5: 240} {
		got, err := camera.LumaStep(sixteen(t, quality))
		if err != nil || math.Abs(got-want) > want/10 {
			t.Errorf("quality %d: %.2f, want some %.2f: %v", quality, got, want, err)
		}
	}
}

func TestLumaStepRefuses(t *testing.T) {
	whole := sixteen(t, 75)
	table := bytes.Index(whole, []byte{0xff, 0xdb})
	for name, bad := range map[string][]byte{
		"nothing": nil, "one byte": {0xff}, "no picture": []byte("hello, this is text"), "cut in the table": whole[:table+20],
		"no scan": whole[:bytes.Index(whole, []byte{0xff, 0xda})], "table of no kind": bytes.Replace(whole, []byte{0xff, 0xdb, 0, 132, 0}, []byte{0xff, 0xdb, 0, 132, 0x20}, 1),
		"table of no one": bytes.Replace(whole, []byte{0xff, 0xdb, 0, 132, 0}, []byte{0xff, 0xdb, 0, 132, 3}, 1),
	} {
		if step, err := camera.LumaStep(bad); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%s: %g, %v", name, step, err)
		}
	}
}

func FuzzLumaStep(f *testing.F) {
	f.Add(sixteen(f, 75))
	f.Add(sixteen(f, 5)[:200])
	f.Add([]byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0x10, 1, 2})
	f.Fuzz(func(t *testing.T, data []byte) {
		step, err := camera.LumaStep(data)
		if err == nil && !(step > 0 && step <= 65535) {
			t.Fatal(step)
		}
	})
}
