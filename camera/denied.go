package camera

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// OpenNode opens a camera's device as the worker will and closes it again. It gives what the system said. OpenCV does not
// tell why it cannot open a device, and whose trouble that is depends on it.
func OpenNode(node string) error {
	f, err := os.OpenFile(node, os.O_RDWR|unix.O_NONBLOCK, 0) // opening must not wait for a driver
	if err != nil {
		return err
	}
	return f.Close()
}

// shut gives the state of a USB camera whose device cannot be opened for a reason that only IT can mend, and its parameters; ""
// for any other, since the device may have just gone, and the worker finds out. A UVC camera that another program reads can
// be opened all the same and refuses its stream only: it is StateUnreachable.
func shut(node string, err error) (key string, params []string) {
	switch {
	case errors.Is(err, fs.ErrPermission):
		key = StateDenied
	case errors.Is(err, unix.EBUSY):
		key = StateBusy
	default:
		return "", nil
	}
	return key, []string{"device", node}
}
