package camera_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/usb/usbtest"
)

// asked are the settings of the tests' profile.
func asked(o *camera.ClientOptions) {
	o.Source.Controls = []camera.Control{{Name: "exposure_auto", Value: 1}, {Name: "exposure_time_absolute", Value: 156}}
	o.Source.Profile = "test/1"
}

// R20 on this side of the pipe: each opening carries the profile's settings and gets them read back.
func TestR20SettingsAreSetAgainAfterReplug(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "good", asked)
	for _, node := range []string{"video0", "video2"} {
		o := awaitNode(t, c, "/made-up/"+node)
		if len(o.Controls) != 2 || o.Controls[1] != (camera.ControlReading{Name: "exposure_time_absolute", Asked: 156, ReadBack: 156, OK: true}) {
			t.Fatalf("%+v", o)
		}
		if _, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil {
			t.Fatal(err)
		}
		if node == "video0" {
			x.Unplug("1-1", "video0")
			await(t, c, camera.StateUnplugged)
			x.PlugScope("1-1", "video2", "SN0001")
		}
	}
}

// A camera that forgets its settings while it runs is shown as such, its pictures go on, and none of them is kept.
func TestForgottenSettingIsRefused(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "forgets", asked)
	await(t, c, camera.StateSettings)
	if got := c.State().Params; got["setting"] != "exposure_auto" || got["asked"] != "1" || got["got"] != "101" {
		t.Errorf("%v", got)
	}
	if o, _ := c.Opened(); o.Controls[0].OK || o.Controls[0].ReadBack != 101 {
		t.Errorf("%+v", o.Controls)
	}
	sub := c.Hub().Subscribe()
	defer sub.Close()
	if _, err := sub.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.settings")
}

// A frame that may be of the camera's own settings, from before the opening, is passed over: nothing was lost, and the press gets
// the first one that is surely of the profile's.
func TestPressWaitsUntilTheSettingsHold(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "settles", asked)
	awaitNode(t, c, "/made-up/video0")
	for range 2 {
		if f, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil || f.Seq < 1000+failing {
			t.Fatalf("frame %d, %v", f.Seq, err)
		}
	}
}

// A setting that was lost and set again between two looks: a frame from before is refused, though all is well now.
func TestFrameFromBeforeTheSettingsWereBackIsRefused(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "slips", asked)
	awaitNode(t, c, "/made-up/video0")
	for end := time.Now().Add(patience); ; {
		_, err := c.NextAfter(t.Context(), boottime{}.Now())
		if err != nil {
			wantKey(t, err, "camera.error.settings")
			await(t, c, camera.StateReady)
			return
		}
		if time.Now().After(end) {
			t.Fatal("no frame was refused")
		}
	}
}

func TestWrongFormatIsNamed(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "format", nil)
	await(t, c, camera.StateWrongFormat)
	if got := c.State().Params; got["asked"] != "MJPG" || got["got"] != "BGR3" {
		t.Errorf("%v", got)
	}
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.wrong_format")
}

func TestEncodedFramesSaySo(t *testing.T) {
	c := serve(t, "encoded", nil)
	await(t, c, camera.StateReady)
	f, err := c.NextAfter(t.Context(), boottime{}.Now())
	if err != nil || f.Encoding != encoding {
		t.Fatalf("%+v %v", f.Encoding, err)
	}
}

// larger asks for a still mode.
func larger(o *camera.ClientOptions) {
	o.Source.Still = &camera.StillMode{Settings: camera.Settings{FourCC: "MJPG", Width: 128, Height: 96, FPS: 5}, SettleFrames: 2}
	o.Stall, o.Switch = patience, patience
}

// TestStillModeIsUsedAndIsNoStall holds the first still for longer than a stall, as a switch of mode may.
func TestStillModeIsUsedAndIsNoStall(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	hold, stall := filepath.Join(t.TempDir(), "hold"), 2*time.Second
	c, starts := serveUSB(t, x, "good", func(o *camera.ClientOptions) {
		larger(o)
		o.Stall, o.WorkerEnv = stall, append(o.WorkerEnv, envHold+"="+hold)
	})
	awaitNode(t, c, "/made-up/video0")
	if err := os.WriteFile(hold, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	released := make(chan error, 1)
	go func() {
		for end := time.Now().Add(patience); !there(hold+".held") && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(stall * 3 / 2)
		released <- os.Remove(hold)
	}()
	for range 2 {
		pressed := boottime{}.Now()
		f, err := c.NextAfter(t.Context(), pressed)
		if err != nil || f.Width != 128 || f.Height != 96 || f.SwitchMS != 321.5 || f.Exposed.Mono <= pressed.Mono {
			t.Errorf("%d x %d after %v ms, exposed %d after the press: %v", f.Width, f.Height, f.SwitchMS, f.Exposed.Mono-pressed.Mono, err)
		}
	}
	if err := <-released; err != nil {
		t.Error(err)
	}
	if o, _ := c.Opened(); o.StillSwitchMS != 321.5 {
		t.Errorf("%+v", o)
	}
	if n := count(t, starts); n != 1 {
		t.Errorf("%d workers: the switch was taken for a stall", n)
	}
}

func TestBadStillIsRefused(t *testing.T) {
	for how, key := range map[string]string{
		"still-old": "camera.error.no_frame", "still-size": "camera.error.wrong_size", "still-again": "camera.error.frozen", "still-number": "camera.error.frozen",
		"still-damaged": "camera.error.damaged", "still-rot": "camera.error.damaged", "still-settings": "camera.error.settings",
	} {
		t.Run(how, func(t *testing.T) {
			x := usbtest.New(t)
			x.PlugScope("1-1", "video0", "SN0001")
			c, _ := serveUSB(t, x, how, larger)
			awaitNode(t, c, "/made-up/video0")
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			if how == "still-again" || how == "still-number" { // the same picture as the still before, or the same number
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.NextAfter(t.Context(), boottime{}.Now())
			}
			wantKey(t, err, key)
		})
	}
}

// A still has another size than the preview, so that its hash tells nothing of a camera that is known to be frozen.
func TestFrozenCameraGivesNoStill(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "still-frozen", larger)
	await(t, c, camera.StateFrozen)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.frozen")
}

// A worker that hangs on the way to a still is noticed as one that hangs in the preview, and replaced: a frame may take a stall's
// time and the switch its own, whatever the press may.
func TestHungStillIsNoticed(t *testing.T) {
	for how, limit := range map[string]time.Duration{"still-hangs": time.Hour, "still-hangs-switch": 2 * time.Second} {
		t.Run(how, func(t *testing.T) {
			x := usbtest.New(t)
			x.PlugScope("1-1", "video0", "SN0001")
			c, _ := serveUSB(t, x, how, func(o *camera.ClientOptions) {
				larger(o)
				o.Stall, o.Wait, o.Switch = time.Second, time.Hour, limit
			})
			awaitNode(t, c, "/made-up/video0")
			pressed := make(chan error, 1)
			go func() {
				_, err := c.NextAfter(t.Context(), boottime{}.Now())
				pressed <- err
			}()
			await(t, c, camera.StateStalled)
			if err := <-pressed; appliance.CodeOf(err) != appliance.Unavailable {
				t.Errorf("the press ends with %v", err)
			}
			await(t, c, camera.StateReady)
		})
	}
}
