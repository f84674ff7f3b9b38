package clock

import (
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
)

// Machine is the machine's own clock. It is safe for concurrent use.
type Machine struct {
	boot string

	mu    sync.Mutex
	floor time.Time // the latest wall time that is known to have been reached
}

// System gives the machine's clock. A wall time before buildTime, when the program was made, or before lastSeen, the latest
// time that the records hold, is stamped ClockSuspect. Zero times set no floor. Where the kernel does not tell the boot's
// id, this run counts as a boot of its own.
func System(buildTime, lastSeen time.Time) *Machine {
	boot := appliance.NewID()
	if raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		boot = strings.TrimSpace(string(raw))
	}
	m := &Machine{boot: boot, floor: buildTime}
	if lastSeen.After(m.floor) {
		m.floor = lastSeen
	}
	return m
}

// Now stamps the present moment. Mono counts suspended time too (CLOCK_BOOTTIME). Wall is what the machine says even when
// it is suspect: order is kept by Mono, and the true offset is learnt from the hub.
func (m *Machine) Now() appliance.Stamp {
	wall := time.Now().UTC().Round(0)
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &since); err != nil {
		panic("clock: CLOCK_BOOTTIME is part of every supported kernel: " + err.Error())
	}
	return appliance.Stamp{Wall: wall, Mono: since.Nano(), Boot: m.boot, Quality: m.judge(wall)}
}

// Bounded gives the wall time, but never one before the program was built or before a time already seen: certificates are
// judged at it, so that a dead battery does not make every certificate "not yet valid".
func (m *Machine) Bounded() time.Time {
	wall := m.Now().Wall
	m.mu.Lock()
	defer m.mu.Unlock()
	if wall.Before(m.floor) {
		return m.floor
	}
	return wall
}

func (m *Machine) judge(wall time.Time) appliance.ClockQuality {
	synchronised := disciplined()
	m.mu.Lock()
	defer m.mu.Unlock()
	if wall.Before(m.floor) {
		return appliance.ClockSuspect
	}
	if !synchronised {
		return appliance.ClockUnverified
	}
	m.floor = wall // only a disciplined clock may raise the floor: a wrong one would make the right time suspect for ever
	return appliance.ClockSynchronised
}

// disciplined asks the kernel whether a time source steers its clock.
func disciplined() bool {
	var t unix.Timex // no modes set: a question only
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}
