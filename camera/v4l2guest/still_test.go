//go:build v4l2guest

package v4l2guest

import (
	"testing"

	"dermbox/camera"
)

// TestStillModeIsLarger switches the camera for a still and back.
func TestStillModeIsLarger(t *testing.T) {
	v := plugVivid(t)
	s := v.source()
	s.Still = &camera.StillMode{Settings: camera.Settings{FourCC: "YUYV", Width: 1920, Height: 1080, FPS: 5}, SettleFrames: 2}
	c := v.watch(s)
	c.await(t, camera.StateReady)
	for range 2 {
		pressed := boottime{}.Now()
		f, err := c.NextAfter(t.Context(), pressed)
		if err != nil {
			t.Fatal(err)
		}
		if f.Width != 1920 || f.Height != 1080 || f.SwitchMS <= 0 {
			t.Fatalf("the still is of %d x %d after %.1f ms", f.Width, f.Height, f.SwitchMS)
		}
		if f.ExposureClock != camera.ClockV4L2 || f.Exposed.Mono <= pressed.Mono {
			t.Fatalf("exposed %d ns after the press by the clock %s", f.Exposed.Mono-pressed.Mono, f.ExposureClock)
		}
		t.Logf("switched in %.0f ms", f.SwitchMS)
	}
	c.await(t, camera.StateReady)
	sub := c.Hub().Subscribe()
	defer sub.Close()
	f, err := sub.Next(t.Context())
	if err != nil || f.Width != s.Settings.Width || f.Height != s.Settings.Height {
		t.Fatalf("the preview is of %d x %d: %v", f.Width, f.Height, err)
	}
}

// TestStillIsExposedAfterThePress holds the driver's clock against the press.
func TestStillIsExposedAfterThePress(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	for range 5 {
		pressed := boottime{}.Now()
		f, err := c.NextAfter(t.Context(), pressed)
		if err != nil {
			t.Fatal(err)
		}
		if f.ExposureClock != camera.ClockV4L2 || f.Exposed.Mono <= pressed.Mono || f.Arrived.Mono < f.Exposed.Mono {
			t.Fatalf("by the clock %s exposed %d ns after the press and arrived %d ns after that", f.ExposureClock,
				f.Exposed.Mono-pressed.Mono, f.Arrived.Mono-f.Exposed.Mono)
		}
		t.Logf("exposed %d ms after the press, arrived %d ms after that", (f.Exposed.Mono-pressed.Mono)/1e6, (f.Arrived.Mono-f.Exposed.Mono)/1e6)
	}
}
