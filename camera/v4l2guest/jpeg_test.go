//go:build v4l2guest

package v4l2guest

import (
	"bytes"
	"testing"

	"dermbox/camera"
)

const (
	loopback       = "v4l2loopback"
	loopbackParams = "devices=1 max_buffers=4"
)

// jpegs asks for the camera that a feeder plays.
func jpegs(path string) camera.Source {
	return camera.Source{Device: path, Settings: camera.Settings{FourCC: camera.MJPG, Width: 1280, Height: 720}}
}

func TestJPEGArrivesBitExact(t *testing.T) {
	path := load(t, loopback, loopbackParams)[0]
	fed := feed(t, path, 1280, 720)
	c := openCamera(t, jpegs(path))
	c.await(t, camera.StateReady)
	sub := c.Hub().Subscribe()
	defer sub.Close()
	for i := range 30 {
		f, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.JPEG, fed.original(f.ScanSHA256)) {
			t.Fatalf("picture %d of %d bytes is not one that was sent", i, len(f.JPEG))
		}
		if !bytes.Contains(f.JPEG, exif) || !bytes.Contains(f.JPEG, profile) {
			t.Fatalf("picture %d has lost its EXIF or ICC segment", i)
		}
	}
	still := c.capture(t)
	if !bytes.Equal(still.JPEG, fed.original(still.ScanSHA256)) {
		t.Fatal("the still is not a picture that was sent")
	}
	o, ok := c.Opened()
	if !ok || o.Backend != "V4L2" || o.ReadBack.FourCC != "MJPG" || o.ReadBack.Width != 1280 || o.ReadBack.Height != 720 {
		t.Fatalf("opened as %+v", o)
	}
	t.Logf("read back %+v, measured %.1f a second, still by clock %s", o.ReadBack, o.MeasuredFPS, still.ExposureClock)
}
