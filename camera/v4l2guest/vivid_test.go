//go:build v4l2guest

package v4l2guest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dermbox/camera"
	"dermbox/camera/usb"
	"dermbox/camera/usb/usbtest"
)

// The kernel's virtual camera, as one webcam without tuner, radio or output.
const (
	virtual       = "vivid"
	virtualParams = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0"
	virtualDevice = "vivid.0"
)

// What makes the virtual camera fail, by the names of its controls.
const (
	dropped    = "Percentage of Dropped Buffers"
	fatal      = "Inject Fatal Streaming Error"
	disconnect = "Disconnect"
	osdText    = "OSD Text Mode" // 2: none, and with it nothing that moves
)

// timestamps is the control of what a buffer's time is of. At 0 it is the end of the frame, as the plan of a steady camera has it: a
// frame that comes promptly has a time of the future, which nobody believes. At 1 it is the start of exposure.
const timestamps = "Timestamp Source"

// pattern is the control of what the camera sees. Its own picture is a test card under a clock that starts anew with each stream, so that
// a stream which was broken off may come back with pictures that were there before, to the bit: a camera that repeats itself. Noise does
// not, as a sensor's does not.
const (
	pattern = "Test Pattern"
	bars    = 0
	noise   = 21
)

// autogain has to be off for a gain to be kept: a camera is made so, and no profile can ask for it.
const autogain = "Gain, Automatic"

// Where the virtual camera is plugged in, and its number.
const (
	port   = "1-1"
	serial = "GUEST-0001"
)

// vivid is the virtual camera. Its USB identity is made up: a tree like sysfs says that it hangs on a USB port.
type vivid struct {
	t    *testing.T
	sys  usbtest.Tree
	node string // the device's file; "" while it is unplugged
}

// plugVivid loads the virtual camera until the test ends.
func plugVivid(t *testing.T) *vivid {
	t.Helper()
	v := &vivid{t: t, sys: usbtest.New(t)}
	v.appear(load(t, virtual, virtualParams)[0])
	return v
}

// source asks for the camera by its USB identity, small and slow enough for an emulated machine.
func (v *vivid) source() camera.Source {
	texts := usbtest.Scope(serial)
	binding := usb.Binding{Vendor: texts["idVendor"], Product: texts["idProduct"], Serial: serial}
	return camera.Source{
		USB:      binding,
		Settings: camera.Settings{FourCC: "YUYV", Width: 640, Height: 360, FPS: 15},
		Quality:  95, Clock: camera.BufferStart,
	}
}

// watch runs the real worker on it.
func (v *vivid) watch(s camera.Source) *watched {
	v.t.Helper()
	return openCameraIn(v.t, s, v.sys.Root)
}

// open opens the camera beside the worker, until the test ends.
func (v *vivid) open() *device {
	v.t.Helper()
	return openDevice(v.t, v.node)
}

// unplug takes the camera from its driver: the node goes, and who has it open is told.
func (v *vivid) unplug() {
	v.t.Helper()
	node := v.node
	v.driver("unbind")
	v.sys.Unplug(port, filepath.Base(node))
	v.node = ""
	eventually(v.t, node+" is gone", func() bool { return !slices.Contains(videos(v.t), node) })
}

// plug gives it back. The node's number is another while anyone still has the old one open.
func (v *vivid) plug() {
	v.t.Helper()
	before := videos(v.t)
	v.driver("bind")
	eventually(v.t, "the camera's node is back", func() bool { return len(videos(v.t)) > len(before) })
	for _, node := range videos(v.t) {
		if !slices.Contains(before, node) {
			v.appear(node)
		}
	}
}

// appear makes the camera say when exposure began, as source says that it does, leaves its gain alone, gives it noise to see, and
// shows its node in the tree.
func (v *vivid) appear(node string) {
	v.t.Helper()
	d := openDevice(v.t, node)
	d.set(timestamps, 1)
	d.set(autogain, 0)
	d.set(pattern, noise)
	d.close()
	v.sys.PlugScope(port, filepath.Base(node), serial)
	v.node = node
}

func (v *vivid) driver(what string) {
	v.t.Helper()
	if err := os.WriteFile(filepath.Join("/sys/bus/platform/drivers", virtual, what), []byte(virtualDevice), 0); err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
}
