//go:build v4l2guest

package v4l2guest

import (
	"testing"

	"dermbox/camera"
)

// TestSilenceIsNoticed stops the sender of v4l2loopback: the reader stays open and hears nothing.
func TestSilenceIsNoticed(t *testing.T) {
	path := load(t, loopback, loopbackParams)[0]
	fed := feed(t, path, 1280, 720)
	c := openCamera(t, path, camera.Settings{FourCC: "MJPG", Width: 1280, Height: 720})
	c.await(t, camera.StateReady)
	fed.paused.Store(true)
	c.await(t, camera.StateStalled)
	fed.paused.Store(false)
	c.await(t, camera.StateReady)
	if f := c.capture(t); fed.original(f.ScanSHA256) == nil {
		t.Fatal("the still is not a picture that was sent")
	}
}
