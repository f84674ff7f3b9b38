package durable

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
)

// Free gives the bytes that an ordinary user can still write to the file system of path.
func Free(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Require refuses with code Full, naming both figures, when the file system of path has less than need bytes free. Ask
// before a patient is photographed: afterwards it is too late to say no.
func Require(path string, need uint64) error {
	free, err := Free(path)
	if err != nil {
		return err
	}
	if free < need {
		return appliance.E(appliance.Full, "storage.space_low", nil, "free", megabytes(free), "need", megabytes(need))
	}
	return nil
}

// Map turns the operating system's "no space" and "over quota" into an *appliance.Error with code Full, a read-only file
// system into Unavailable, and leaves every other error as it is.
func Map(err error) error {
	if _, ok := errors.AsType[*appliance.Error](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return appliance.E(appliance.Full, "storage.full", err)
	case errors.Is(err, unix.EROFS):
		return appliance.E(appliance.Unavailable, "storage.read_only", err)
	}
	return err
}

func megabytes(n uint64) string { return strconv.FormatUint(n/1_000_000, 10) }
