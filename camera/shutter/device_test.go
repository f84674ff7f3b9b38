package shutter_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/camera/shutter"
	"dermbox/camera/usb"
)

func TestDeviceMayComeLateGoAndComeBackElsewhere(t *testing.T) {
	r := newRig(t)
	other := r.plug(1, "046d", "c31c", "", "Keyboard")
	s := r.serve(nil)
	if got := r.await(s, shutter.StateAbsent); got.Params["device"] != "05f3:00ff" {
		t.Fatalf("%+v", got)
	}
	sub := s.Subscribe()
	defer sub.Close()
	for i, number := range []int{5, 5, 9} {
		p := r.plug(number, "05f3", "00ff", "", "Foot Switch")
		r.await(s, shutter.StateReady)
		p.tap(keyF9)
		if got := r.next(sub); got.ID != uint64(i+1) {
			t.Fatalf("%+v", got)
		}
		r.clock.move(1e9)
		p.unplug()
		if got := r.await(s, shutter.StateAbsent); got.Params["device"] != "Foot Switch (05f3:00ff)" {
			t.Fatalf("%+v", got)
		}
		r.must(os.RemoveAll(filepath.Join(r.sys, "devices", "usb1", "1-"+p.event[5:])))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.grabbed, other.event) {
		t.Fatal("the keyboard was taken")
	}
}

func TestEachNodeOfADeviceIsTaken(t *testing.T) {
	r := newRig(t)
	r.plug(5, "05f3", "00ff", "", "Foot Switch Keyboard")
	mouse := r.plug(6, "05f3", "00ff", "", "Foot Switch Mouse")
	s := r.serve(func(o *shutter.Options) { o.Keys = []string{"BTN_LEFT"} })
	r.await(s, shutter.StateReady)
	r.mu.Lock()
	got := slices.Clone(r.grabbed)
	r.mu.Unlock()
	if !slices.Equal(got, []string{"event5", "event6"}) {
		t.Fatalf("taken: %v", got)
	}
	sub := s.Subscribe()
	defer sub.Close()
	mouse.tap(272)
	r.next(sub)
}

func TestSerialTellsTwoEqualDevicesApart(t *testing.T) {
	r := newRig(t)
	r.plug(5, "05f3", "00ff", "A1", "Foot Switch")
	r.plug(6, "05f3", "00ff", "B:2", "Foot Switch")
	s := r.serve(func(o *shutter.Options) { o.Devices = []string{"05F3:00FF:B:2"} })
	r.await(s, shutter.StateReady)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.grabbed, []string{"event6"}) {
		t.Fatalf("taken: %v", r.grabbed)
	}
}

func TestDeviceThatCannotBeTaken(t *testing.T) {
	for name, tt := range map[string]struct {
		err error
		key string
	}{
		"grabbed elsewhere": {unix.EBUSY, shutter.StateBusy}, "no input device": {unix.ENOTTY, shutter.StateFailed},
		"no permission": {fs.ErrPermission, shutter.StateDenied}, "just gone": {unix.ENODEV, shutter.StateAbsent},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.grabFails(tt.err)
			r.plug(5, "05f3", "00ff", "", "Foot Switch")
			s := r.serve(nil)
			if got := r.await(s, tt.key); !strings.Contains(got.Params["device"], "05f3:00ff") {
				t.Fatalf("%+v", got)
			}
			r.grabFails(nil)
			r.await(s, shutter.StateReady)
		})
	}
}

// The real call fails on what is no input device, and the device is not read then.
func TestGrabInputKnowsAnInputDevice(t *testing.T) {
	r := newRig(t)
	r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(func(o *shutter.Options) { o.Grab = nil })
	r.await(s, shutter.StateFailed)
}

func TestTheWorstOfTwoDevicesCounts(t *testing.T) {
	r := newRig(t)
	r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(func(o *shutter.Options) { o.Devices = []string{"05f3:00ff", "0c45:6366"} })
	if got := r.await(s, shutter.StateAbsent); !s.Configured() {
		t.Fatalf("%+v", got)
	}
	r.until("the one that is absent is named", func() bool { return s.Status().Params["device"] == "0c45:6366" })
	r.plug(6, "0c45", "6366", "", "Dermatoscope\x1b[2J: Camera")
	r.await(s, shutter.StateReady)
}

func TestNoShutter(t *testing.T) {
	r := newRig(t)
	r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(func(o *shutter.Options) { o.Devices = nil })
	if got := s.Status(); s.Configured() || got.Key != "" {
		t.Fatalf("%+v", got)
	}
}

func TestScanPassesOverWhatIsNoDevice(t *testing.T) {
	r := newRig(t)
	if got := shutter.Scan(filepath.Join(r.sys, "nothing")); got != nil {
		t.Fatalf("%v", got)
	}
	r.plug(7, "05f3", "00ff", "S 1", "Foot Switch")
	class := filepath.Join(r.sys, "class", "input")
	for _, name := range []string{"mice", "event", "event8", "input3"} {
		r.must(os.MkdirAll(filepath.Join(class, name), 0o700))
	}
	r.must(os.MkdirAll(filepath.Join(class, "event9", "device", "id"), 0o700))
	r.must(os.WriteFile(filepath.Join(class, "event9", "device", "id", "vendor"), []byte("zz"), 0o600))
	want := shutter.Node{Event: "event7", Device: usb.Device{Vendor: "05f3", Product: "00ff", Serial: "S 1", Name: "Foot Switch"}}
	if got := shutter.Scan(r.sys); len(got) != 1 || got[0] != want {
		t.Fatalf("%+v", got)
	}
}
