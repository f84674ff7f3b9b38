package v4l2

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// node is an open device. All requests are of videodev2.h; none changes anything.
type node struct{ file *os.File }

func open(path string) (node, error) {
	// O_NONBLOCK: opening must not wait for a driver. Read and write are needed by some drivers to answer at all.
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return node{}, fmt.Errorf("camera: %w", err)
	}
	return node{f}, nil
}

func (c node) close() { _ = c.file.Close() } // nothing was written

// ask makes one request (ioctl(2)); numbers are encoded as in <asm-generic/ioctl.h>, which x86-64 and arm64 share.
func (c node) ask(number, size uintptr, write bool, arg unsafe.Pointer) error {
	const read, readWrite = 2, 3
	direction := uintptr(read)
	if write {
		direction = readWrite
	}
	request := direction<<30 | size<<16 | 'V'<<8 | number
	raw, err := c.file.SyscallConn()
	if err != nil {
		return err
	}
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) {
		for {
			if _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(arg)); errno != unix.EINTR {
				return
			}
		}
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}

// The structures of videodev2.h; the same on x86-64 and arm64.
type (
	capability struct {
		driver         [16]byte
		card, bus      [32]byte
		version        uint32
		all, ofThisOne uint32 // capabilities
		_              [3]uint32
	}
	fmtdesc struct {
		index, kind, flags   uint32
		description          [32]byte
		pixelFormat, busCode uint32
		_                    [3]uint32
	}
	frmsize struct {
		index, pixelFormat, kind uint32
		data                     [6]uint32 // discrete: width, height; else min, max, step of width, then of height
		_                        [2]uint32
	}
	frmival struct {
		index, pixelFormat, width, height, kind uint32
		data                                    [6]uint32 // discrete: numerator, denominator; else of min, max, step
		_                                       [2]uint32
	}
	queryctrl struct {
		id, kind                     uint32
		name                         [32]byte
		minimum, maximum, step, dflt int32
		flags                        uint32
		_                            [2]uint32
	}
	value struct {
		id    uint32
		value int32
	}
)

// errNoCamera says that the device does not answer as a camera that sends pictures.
var errNoCamera = errors.New("not a camera")
