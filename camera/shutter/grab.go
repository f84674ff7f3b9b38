package shutter

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The requests of linux/input.h: _IOW('E', 0x90, int) and _IOW('E', 0xa0, int).
const (
	eviocGrab    = 0x40044590
	eviocClockID = 0x400445a0
)

// GrabInput takes an input device for this process alone until it is closed, and has it stamp its events by
// CLOCK_BOOTTIME. It fails with EBUSY when another program has it, with ENOTTY on what is no input device.
func GrabInput(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetInt(int(fd), eviocGrab, 1); failed == nil {
			failed = unix.IoctlSetPointerInt(int(fd), eviocClockID, unix.CLOCK_BOOTTIME)
		}
	})
	return errors.Join(err, failed)
}
