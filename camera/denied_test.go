package camera_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/camera"
	"dermbox/camera/usb/usbtest"
)

// A camera that is there and may not be opened is not one that is unplugged: no worker is started in vain, the state names the
// device, a press is refused at once, and it is opened as soon as it may be.
func TestDeviceThatMayNotBeOpened(t *testing.T) {
	for state, tt := range map[string]struct {
		why error
		key string
	}{
		camera.StateDenied: {&fs.PathError{Op: "open", Path: "/made-up/video0", Err: unix.EACCES}, "camera.error.denied"},
		camera.StateBusy:   {&fs.PathError{Op: "open", Path: "/made-up/video0", Err: unix.EBUSY}, "camera.error.busy"},
	} {
		t.Run(state, func(t *testing.T) {
			x := usbtest.New(t)
			x.PlugScope("1-1", "video0", "SN0001")
			var mended atomic.Bool
			c, starts := serveUSB(t, x, "good", func(o *camera.ClientOptions) {
				o.Probe = func(node string) error {
					if node != "/made-up/video0" {
						t.Errorf("probed %s", node)
					}
					if mended.Load() {
						return nil
					}
					return tt.why
				}
			})
			await(t, c, state)
			if got := c.State().Params["device"]; got != "/made-up/video0" {
				t.Errorf("the state names %q", got)
			}
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			wantKey(t, err, tt.key)
			if n := count(t, starts); n != 0 {
				t.Errorf("%d workers were started in vain", n)
			}
			mended.Store(true)
			awaitNode(t, c, "/made-up/video0")
		})
	}
}

// Where /sys cannot be read, nobody knows whether the camera is plugged in, and nobody is told to plug it in.
func TestUnreadableSysIsNoUnpluggedCamera(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	hidden := filepath.Join(t.TempDir(), "hidden")
	c, _ := serveUSB(t, x, "good", func(o *camera.ClientOptions) { o.SysRoot = hidden })
	await(t, c, camera.StateUnseen)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.unseen")
	if err := os.Symlink(x.Root, hidden); err != nil {
		t.Fatal(err)
	}
	awaitNode(t, c, "/made-up/video0")
}

// A camera that runs is not given up because /sys cannot be read for a while.
func TestUnreadableSysDisturbsNoOpenCamera(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	sys := filepath.Join(t.TempDir(), "sys")
	if err := os.Symlink(x.Root, sys); err != nil {
		t.Fatal(err)
	}
	c, starts := serveUSB(t, x, "good", func(o *camera.ClientOptions) { o.SysRoot, o.Stall = sys, patience })
	awaitNode(t, c, "/made-up/video0")
	if err := os.Remove(sys); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // several looks
	if n := count(t, starts); n != 1 || !c.State().Ready() {
		t.Errorf("%d workers, %s", n, c.State().Key)
	}
}

func TestOpenNode(t *testing.T) {
	node := filepath.Join(t.TempDir(), "video0")
	if err := camera.OpenNode(node); !os.IsNotExist(err) {
		t.Errorf("nothing there: %v", err)
	}
	if err := unix.Mkfifo(node, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := camera.OpenNode(node); err != nil {
		t.Error(err)
	}
}

// A rate that is not kept is no lost setting: nothing sets it again, and stills are taken.
func TestRateIsAStateOfItsOwn(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, _ := serveUSB(t, x, "slow", nil)
	await(t, c, camera.StateRate)
	if got := c.State(); !got.Live() || got.Ready() || got.Params["asked"] != "30" || got.Params["got"] != "15" {
		t.Errorf("%+v", got)
	}
	if _, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil {
		t.Error(err)
	}
}
