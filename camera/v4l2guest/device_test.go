//go:build v4l2guest

package v4l2guest

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"dermbox/camera"
)

// Requests of <linux/videodev2.h>, as they are on x86_64.
const (
	vidiocGFmt      = 0xc0d05604
	vidiocSFmt      = 0xc0d05605
	vidiocGParm     = 0xc0cc5615
	vidiocGCtrl     = 0xc008561b
	vidiocSCtrl     = 0xc008561c
	vidiocQueryCtrl = 0xc0445624

	bufTypeCapture  = 1
	bufTypeOutput   = 2
	fieldNone       = 1
	ctrlFlagNext    = 0x80000000
	fourccMJPG      = 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24
	largestLoopback = 4 << 20 // bytes of one frame
)

// format is struct v4l2_format with its pix member; 208 bytes.
type format struct {
	kind, _             uint32
	width, height       uint32
	pixels, field       uint32
	bytesPerLine, bytes uint32
	_                   [176]byte
}

// streamparm is struct v4l2_streamparm with its capture member; 204 bytes.
type streamparm struct {
	kind, capability, mode uint32
	seconds, frames        uint32 // frames come in that many seconds
	_                      [184]byte
}

// queryctrl is struct v4l2_queryctrl.
type queryctrl struct {
	id, kind         uint32
	name             [32]byte
	minimum, maximum int32
	step, defaults   int32
	flags            uint32
	_                [2]uint32
}

// control is struct v4l2_control.
type control struct {
	id    uint32
	value int32
}

// device is a video device, opened by the test beside whoever else has it open.
type device struct {
	t  *testing.T
	fd int
}

// openDevice opens a device until the test ends or close.
func openDevice(t *testing.T, path string) *device {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	d := &device{t: t, fd: fd}
	t.Cleanup(d.close)
	return d
}

func (d *device) close() {
	if d.fd >= 0 {
		unix.Close(d.fd)
		d.fd = -1
	}
}

func (d *device) ioctl(request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// control finds a control by a part of its name; drivers agree on names better than on numbers of their own controls.
func (d *device) control(name string) queryctrl {
	d.t.Helper()
	for q := (queryctrl{id: ctrlFlagNext}); d.ioctl(vidiocQueryCtrl, unsafe.Pointer(&q)) == nil; q.id |= ctrlFlagNext {
		text, _, _ := bytes.Cut(q.name[:], []byte{0})
		if strings.EqualFold(string(text), name) {
			return q
		}
	}
	d.t.Fatalf("the device has no control %q", name)
	return queryctrl{}
}

// set gives a control a value; a button is pressed by any.
func (d *device) set(name string, value int32) {
	d.t.Helper()
	c := control{id: d.control(name).id, value: value}
	if err := d.ioctl(vidiocSCtrl, unsafe.Pointer(&c)); err != nil {
		d.t.Fatalf("set %s to %d: %v", name, value, err)
	}
}

// get gives a control's value.
func (d *device) get(name string) int32 {
	d.t.Helper()
	c := control{id: d.control(name).id}
	if err := d.ioctl(vidiocGCtrl, unsafe.Pointer(&c)); err != nil {
		d.t.Fatalf("get %s: %v", name, err)
	}
	return c.value
}

// mode gives what the driver does.
func (d *device) mode() camera.Settings {
	d.t.Helper()
	f, p := format{kind: bufTypeCapture}, streamparm{kind: bufTypeCapture}
	for request, arg := range map[uintptr]unsafe.Pointer{vidiocGFmt: unsafe.Pointer(&f), vidiocGParm: unsafe.Pointer(&p)} {
		if err := d.ioctl(request, arg); err != nil {
			d.t.Fatalf("request %#x: %v", request, err)
		}
	}
	code := binary.LittleEndian.AppendUint32(nil, f.pixels)
	return camera.Settings{FourCC: string(code), Width: int(f.width), Height: int(f.height), FPS: float64(p.frames) / float64(p.seconds)}
}
