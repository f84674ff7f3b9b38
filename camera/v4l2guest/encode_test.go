//go:build v4l2guest

package v4l2guest

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"dermbox/camera"
)

// TestPixelsAreEncodedOnce reads a camera without MJPG.
func TestPixelsAreEncodedOnce(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	f := c.capture(t)
	want := camera.Encoding{By: camera.ByDermbox, From: "YUYV", Quality: 95, Sampling: "4:4:4"}
	if o, _ := c.Opened(); f.Encoding != want || o.Encoding != want {
		t.Fatalf("the still says %+v, the camera %+v", f.Encoding, o.Encoding)
	}
	img, err := jpeg.Decode(bytes.NewReader(f.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	ycc, ok := img.(*image.YCbCr)
	if !ok || ycc.SubsampleRatio != image.YCbCrSubsampleRatio444 || img.Bounds().Dx() != f.Width || img.Bounds().Dy() != f.Height {
		t.Fatalf("the still is a %T of %v", img, img.Bounds())
	}
}
