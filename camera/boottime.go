package camera

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Boottime gives CLOCK_BOOTTIME in nanoseconds: time since boot, sleep included, that no one can set.
func Boottime() int64 { return clock(unix.CLOCK_BOOTTIME) }

// Slept gives how long the machine slept since it booted, nanoseconds: what CLOCK_BOOTTIME has more than CLOCK_MONOTONIC,
// rounded to milliseconds because the two cannot be read at once.
func Slept() int64 {
	const round = 1_000_000
	return (clock(unix.CLOCK_BOOTTIME) - clock(unix.CLOCK_MONOTONIC)) / round * round
}

func clock(id int32) int64 {
	var ts unix.Timespec
	if unix.ClockGettime(id, &ts) != nil {
		return 0
	}
	return ts.Nano()
}

// BootID gives the kernel's id of this boot, "" when it cannot be read. Times of Boottime compare only within one boot.
func BootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
