package vault

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// HardenProcess keeps the process's memory, with keys and patients in it, off the disk and out of other processes' reach:
// no core dump, and no debugger of the same user may attach (decision 22). Call it first in main.
func HardenProcess() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("switch core dumps off: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("make process undumpable: %w", err)
	}
	return nil
}
