//go:build v4l2guest

package v4l2guest

import (
	"testing"

	"dermbox/camera"
)

// TestUnplugAndReplug takes the camera from its driver: the node goes while the worker reads from it.
func TestUnplugAndReplug(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	for range 2 {
		c.await(t, camera.StateReady)
		c.capture(t)
		v.unplug()
		c.await(t, camera.StateUnplugged)
		_, err := c.NextAfter(t.Context(), boottime{}.Now())
		wantKey(t, err, "camera.error.usb_absent")
		v.plug()
	}
	c.await(t, camera.StateReady)
	c.capture(t)
}

// TestDriverLosesTheCamera leaves the node in place: opening it fails until the last who has it open lets go.
func TestDriverLosesTheCamera(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	d := v.open()
	d.set(disconnect, 1)
	c.await(t, camera.StateUnreachable)
	d.close()
	c.await(t, camera.StateReady)
	c.capture(t)
}

// TestStreamThatBreaksIsOpenedAgain breaks the stream and nothing else.
func TestStreamThatBreaksIsOpenedAgain(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	v.open().set(fatal, 1)
	c.await(t, camera.StateUnreachable)
	c.await(t, camera.StateReady)
	c.capture(t)
}

// TestR17RenumberedCameraIsFound plugs the camera in again while its old node is still held, so that it gets another number.
func TestR17RenumberedCameraIsFound(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	was := v.node
	v.open()
	v.unplug()
	c.await(t, camera.StateUnplugged)
	v.plug()
	if v.node == was {
		t.Fatalf("the camera is %s again", v.node)
	}
	c.await(t, camera.StateReady)
	c.capture(t)
}

// TestR17LateCameraIsTaken starts without a camera, and with another one under the number that it would have had.
func TestR17LateCameraIsTaken(t *testing.T) {
	v := plugVivid(t)
	v.unplug()
	c := v.watch(v.source())
	c.await(t, camera.StateUnplugged)
	load(t, loopback, loopbackParams)
	v.plug()
	c.await(t, camera.StateReady)
	o, _ := c.Opened()
	if v.node == "/dev/video0" || o.USB != v.source().USB.String() || o.Port != port {
		t.Fatalf("opened %s as %+v", v.node, o)
	}
	c.capture(t)
}
