//go:build v4l2guest

package v4l2guest

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests of <linux/uinput.h> and codes of <linux/input-event-codes.h>, as they are on x86_64.
const (
	uiDevCreate  = 0x5501
	uiDevSetup   = 0x405c5503
	uiSetEvBit   = 0x40045564
	uiSetKeyBit  = 0x40045565
	uiGetSysname = 0x8050552c // into 80 bytes

	evSyn, evKey = 0, 1
	keyA         = 30
	keyPageDown  = 109
	busUSB       = 3
)

// setup is struct uinput_setup.
type setup struct {
	bus, vendor, product, version uint16
	name                          [80]byte
	effects                       uint32
}

// keyboard is a foot switch or a dermatoscope's button, as the kernel makes one for uinput.
type keyboard struct {
	t    *testing.T
	fd   int
	node string // its /dev/input/eventN
}

// plugKeyboard makes a keyboard of that name and USB identity with those keys, until the test ends or unplug.
func plugKeyboard(t *testing.T, name string, vendor, product uint16, keys ...int) *keyboard {
	t.Helper()
	fd, err := unix.Open("/dev/uinput", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("uinput: %v", err)
	}
	k := &keyboard{t: t, fd: fd}
	t.Cleanup(k.unplug)
	k.ioctl(uiSetEvBit, evKey)
	for _, key := range keys {
		k.ioctl(uiSetKeyBit, uintptr(key))
	}
	s := setup{bus: busUSB, vendor: vendor, product: product, version: 1}
	copy(s.name[:len(s.name)-1], name)
	k.ioctlOf(uiDevSetup, unsafe.Pointer(&s))
	k.ioctl(uiDevCreate, 0)
	var sysname [80]byte
	k.ioctlOf(uiGetSysname, unsafe.Pointer(&sysname))
	pattern := filepath.Join("/sys/devices/virtual/input", unix.ByteSliceToString(sysname[:]), "event*")
	eventually(t, "the keyboard has its node", func() bool {
		found, _ := filepath.Glob(pattern) // a good pattern
		if len(found) == 1 {
			k.node = filepath.Join("/dev/input", filepath.Base(found[0]))
		}
		_, err := os.Stat(k.node)
		return err == nil
	})
	return k
}

func (k *keyboard) ioctl(request, arg uintptr) {
	k.t.Helper()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(k.fd), request, arg); errno != 0 {
		k.t.Fatalf("uinput request %#x: %v", request, errno)
	}
}

func (k *keyboard) ioctlOf(request uintptr, arg unsafe.Pointer) {
	k.t.Helper()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(k.fd), request, uintptr(arg)); errno != 0 {
		k.t.Fatalf("uinput request %#x: %v", request, errno)
	}
}

// press presses a key and lets it go.
func (k *keyboard) press(key uint16) {
	k.t.Helper()
	for _, down := range []int32{1, 0} {
		k.write(evKey, key, down)
		k.write(evSyn, 0, 0)
	}
}

// write sends one struct input_event; the kernel puts the time in.
func (k *keyboard) write(kind, code uint16, value int32) {
	k.t.Helper()
	event := make([]byte, 16, 24)
	event = binary.NativeEndian.AppendUint16(event, kind)
	event = binary.NativeEndian.AppendUint16(event, code)
	event = binary.NativeEndian.AppendUint32(event, uint32(value))
	if _, err := unix.Write(k.fd, event); err != nil {
		k.t.Fatalf("key: %v", err)
	}
}

// unplug takes the keyboard away.
func (k *keyboard) unplug() {
	if k.fd >= 0 {
		unix.Close(k.fd)
		k.fd = -1
	}
}

// eavesdropper reads a keyboard as a browser's display server does, without grabbing it.
type eavesdropper struct {
	t  *testing.T
	fd int
}

func eavesdrop(t *testing.T, node string) *eavesdropper {
	t.Helper()
	fd, err := unix.Open(node, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open %s: %v", node, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &eavesdropper{t, fd}
}

// hears waits for a moment and says whether any event came.
func (e *eavesdropper) hears(moment time.Duration) bool {
	e.t.Helper()
	poll := []unix.PollFd{{Fd: int32(e.fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(poll, int(moment.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
		e.t.Fatal(err)
	}
	n, err := unix.Read(e.fd, make([]byte, 24*64))
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		e.t.Fatal(err)
	}
	return n > 0
}
