//go:build opencv && matprofile

package opencv_test

import (
	"bytes"
	"testing"

	"gocv.io/x/gocv"

	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// Go's collector does not see a Mat's memory: one that is left open is gone for as long as the worker lives. The tag matprofile has
// gocv count them.
func TestNoMatIsLeftOpen(t *testing.T) {
	if open := gocv.NewMat(); gocv.MatProfile.Count() == 0 {
		t.Fatal("nobody counts")
	} else if err := open.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range leakPictures(t) {
		for what, work := range map[string]func(){
			"measure": func() { _, _ = opencv.Measure(data, quality.Square) },
			"live":    func() { _, _ = opencv.Live(data, quality.Square) },
			"lesion":  func() { _, _, _ = opencv.Lesion(data) },
		} {
			before := gocv.MatProfile.Count()
			work()
			if n := gocv.MatProfile.Count() - before; n != 0 {
				var stacks bytes.Buffer
				_ = gocv.MatProfile.WriteTo(&stacks, 1)
				t.Errorf("%s of %s leaves %d Mats open:\n%s", what, name, n, &stacks)
			}
		}
	}
}

// leakPictures are pictures that go every way through the judge, those that fail among them.
func leakPictures(t *testing.T) map[string][]byte {
	list := map[string][]byte{
		"nothing": nil, "text": []byte("no picture"), "one pixel": plain(t, 1, 1, 90), "a line": plain(t, 1, 700, 90), "odd": plain(t, 511, 263, 90),
		"white": plain(t, 300, 300, 255), "black": plain(t, 1025, 1031, 0), "wide": plain(t, 2000, 40, 120),
	}
	for _, f := range []scope.Fault{scope.FaultNone, scope.FaultBlur, scope.FaultDarken, scope.FaultSmall} {
		still, err := scope.Photograph(opencv.Encoder{}, scope.Subject{Kind: scope.Melanoma, Tone: 2, Hair: true}, f)
		if err != nil {
			t.Fatal(err)
		}
		list[string(f)] = still
		list["cut "+string(f)] = still[:len(still)/2]
	}
	// The header is whole and the coded data is not JPEG's: it is the decoder that fails.
	broken := bytes.Clone(list["odd"])
	for i := bytes.Index(broken, []byte{0xff, 0xda}) + 16; i < len(broken)-2; i++ {
		broken[i] = 0x55
	}
	list["broken"] = broken
	return list
}
