package appliance

import "time"

// ClockQuality says how far a wall time may be trusted.
type ClockQuality string

// The qualities of a clock, best first.
const (
	ClockSynchronised ClockQuality = "synchronised" // the kernel says that a time source disciplines it
	ClockUnverified   ClockQuality = "unverified"   // set once, not known to be right now
	ClockSuspect      ClockQuality = "suspect"      // before the program was built, or before a time seen earlier
)

// Stamp is a moment as the device knew it: wall time in UTC, nanoseconds since boot, the boot's id, and how good the clock
// was. Order within one boot is by Mono, never by Wall (hazard H15).
type Stamp struct {
	Wall    time.Time    `json:"wall"`
	Mono    int64        `json:"mono_ns"`
	Boot    string       `json:"boot"`
	Quality ClockQuality `json:"quality"`
}

// Clock tells the time; one is injected at the composition root and reaches every package that needs it.
type Clock interface {
	Now() Stamp
}

// BoundedClock also gives a wall time that never lies before one already reached: what expires is judged at it, so that a
// clock that fell back brings nothing back.
type BoundedClock interface {
	Clock
	Bounded() time.Time
}
