package camera_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/usb"
	"dermbox/camera/usb/usbtest"
)

// scope is the binding of the tests' USB camera.
var scope = usb.Binding{Vendor: "0c45", Product: "6366", Serial: "SN0001"}

// serveUSB starts a client of a USB camera on a made-up sysfs. Starts names the file that counts the workers.
func serveUSB(t *testing.T, x usbtest.Tree, how string, change func(*camera.ClientOptions)) (c *camera.Client, starts string) {
	t.Helper()
	starts = filepath.Join(t.TempDir(), "starts")
	return serve(t, how, func(o *camera.ClientOptions) {
		o.Source = camera.Source{USB: scope}
		o.SysRoot, o.DevRoot = x.Root, "/made-up"
		o.WorkerEnv = append(o.WorkerEnv, envStarts+"="+starts, envPlugged+"="+filepath.Join(x.Root, "class/video4linux"))
		if change != nil {
			change(o)
		}
	}), starts
}

// count gives how many workers were started.
func count(t *testing.T, starts string) int {
	t.Helper()
	raw, err := os.ReadFile(starts)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(raw)
}

// awaitNode waits until the camera is ready and open as the node.
func awaitNode(t *testing.T, c *camera.Client, node string) camera.Opened {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if o, ok := c.Opened(); ok && c.State().Ready() && o.URL == node {
			return o
		}
		if time.Now().After(end) {
			o, _ := c.Opened()
			t.Fatalf("state %s, opened %+v", c.State().Key, o)
		}
	}
}

// holdsNothing says that a viewer who took nothing has nothing to take.
func holdsNothing(t *testing.T, s *camera.Subscription) {
	t.Helper()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 30 { // with a frame there, Next would give it every other time
		if f, err := s.Next(ended); err == nil {
			t.Fatalf("frame %d of generation %d is still handed out", f.Seq, f.Generation)
		}
	}
}

// A camera is pulled out while it is watched and while a press waits for its frame. The driver's read may block, end, or go
// on giving what it has: the message comes, the press is refused, nothing old is handed out, and after the camera is back, as
// another node at another port, everything goes on without a restart of anything but the worker.
func TestR15UnplugDuringPreviewAndCapture(t *testing.T) {
	for _, how := range []string{"pulled-blocks", "pulled-ends", "pulled-repeats"} {
		t.Run(how, func(t *testing.T) {
			x := usbtest.New(t)
			x.PlugScope("1-1", "video0", "SN0001")
			c, _ := serveUSB(t, x, how, func(o *camera.ClientOptions) { o.Stall = patience }) // a stall is not what is tried here
			awaitNode(t, c, "/made-up/video0")
			idle := c.Hub().Subscribe()
			defer idle.Close()
			future := boottime{}.Now()
			future.Mono += int64(time.Hour)
			pressed := make(chan error, 1)
			go func() {
				_, err := c.NextAfter(t.Context(), future)
				pressed <- err
			}()
			x.Unplug("1-1", "video0")
			await(t, c, camera.StateUnplugged)
			gone := boottime{}.Now()
			if got := c.State().Params["camera"]; got != scope.String() {
				t.Errorf("the state names %q", got)
			}
			wantKey(t, <-pressed, "camera.error.usb_absent")
			holdsNothing(t, idle)
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			wantKey(t, err, "camera.error.usb_absent")
			if appliance.CodeOf(err) != appliance.Unavailable {
				t.Errorf("the press is refused as %s", appliance.CodeOf(err))
			}

			x.PlugScope("1-4", "video2", "SN0001")
			if o := awaitNode(t, c, "/made-up/video2"); o.Port != "1-4" || o.USB != scope.String() || o.Camera.Serial != "SN0001" || o.Camera.Firmware != "0100" || o.Camera.Model != "USB Camera" {
				t.Errorf("%+v", o)
			}
			shown, err := idle.Next(t.Context())
			if err != nil || shown.Arrived.Mono <= gone.Mono || shown.Generation == 0 {
				t.Errorf("shown after the return: arrived %d before it was gone, generation %d, %v", gone.Mono-shown.Arrived.Mono, shown.Generation, err)
			}
			again := boottime{}.Now()
			if f, err := c.NextAfter(t.Context(), again); err != nil || f.Exposed.Mono <= again.Mono {
				t.Errorf("after the return: %+v %v", f.Exposed, err)
			}
		})
	}
}

// A read that blocks for ever is ended with its worker; a press that waits meanwhile gets its frame from the next one.
func TestR16BlockedReadIsReplaced(t *testing.T) {
	c := serve(t, "silent", func(o *camera.ClientOptions) { o.Stall = 300 * time.Millisecond })
	for range 2 {
		await(t, c, camera.StateStalled)
		idle := c.Hub().Subscribe()
		pressed := boottime{}.Now()
		f, err := c.NextAfter(t.Context(), pressed)
		if err != nil || f.Exposed.Mono <= pressed.Mono {
			t.Fatalf("%+v %v", f.Exposed, err)
		}
		idle.Close()
	}
}

// A slow viewer does not get what the camera saw before it stalled.
func TestStallTakesFramesBack(t *testing.T) {
	c := serve(t, "silent", func(o *camera.ClientOptions) { o.Stall = 500 * time.Millisecond })
	await(t, c, camera.StateReady)
	idle := c.Hub().Subscribe()
	defer idle.Close()
	held, err := idle.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	await(t, c, camera.StateStalled)
	if held.Generation == c.Hub().Generation() {
		t.Fatal("a frame from before the stall is of the present generation")
	}
	f, err := idle.Next(t.Context())
	if err != nil || f.Generation == held.Generation || f.Seq > held.Seq && f.Seq < 1000+failing && f.Arrived.Mono < c.State().Since.Mono {
		t.Fatalf("frame %d of generation %d after frame %d of generation %d: %v", f.Seq, f.Generation, held.Seq, held.Generation, err)
	}
}

// The camera comes late, then a second of the same kind, then it moves to another number: it is waited for, nothing is
// guessed, and no worker is started in vain.
func TestR17LateEnumerationAndRenumbering(t *testing.T) {
	x := usbtest.New(t)
	c, starts := serveUSB(t, x, "good", func(o *camera.ClientOptions) { o.Source.USB.Serial = "" })
	await(t, c, camera.StateUnplugged)
	time.Sleep(600 * time.Millisecond) // several looks
	x.PlugScopes([2]string{"1-1", "SN0001"}, [2]string{"1-2", "SN0002"})
	await(t, c, camera.StateAmbiguous)
	if got := c.State().Params; got["ports"] != "1-1, 1-2" || got["camera"] != "0c45:6366" {
		t.Errorf("%v", got)
	}
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.usb_ambiguous")
	if n := count(t, starts); n != 0 {
		t.Fatalf("%d workers were started without a camera", n)
	}
	x.Unplug("1-1", "video0")
	if o := awaitNode(t, c, "/made-up/video2"); o.USB != "0c45:6366:SN0002" {
		t.Errorf("%+v", o)
	}
	x.Unplug("1-2", "video2")
	x.PlugScope("1-2", "video0", "SN0002")
	awaitNode(t, c, "/made-up/video0")
	if n := count(t, starts); n != 2 {
		t.Errorf("%d workers for two openings", n)
	}
}

// One more camera of the same kind changes nothing for the one that is open.
func TestSecondCameraDisturbsNothing(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	c, starts := serveUSB(t, x, "good", func(o *camera.ClientOptions) { o.Stall = patience }) // a stall is not what is tried here
	awaitNode(t, c, "/made-up/video0")
	x.PlugScope("1-2", "video2", "SN0001")
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if !c.State().Ready() {
			t.Fatalf("state is %s", c.State().Key)
		}
	}
	if n := count(t, starts); n != 1 {
		t.Errorf("%d workers", n)
	}
}

func TestBindingToAPort(t *testing.T) {
	x := usbtest.New(t)
	x.PlugScope("1-1", "video0", "SN0001")
	x.PlugScope("1-2", "video2", "SN0001")
	c, _ := serveUSB(t, x, "good", func(o *camera.ClientOptions) { o.Source.USB.Port = "1-2" })
	awaitNode(t, c, "/made-up/video2")
}
