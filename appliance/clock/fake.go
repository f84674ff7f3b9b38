package clock

import (
	"sync"
	"time"

	"dermbox/appliance"
)

// Fake is a clock that a test sets. It stands still until it is told to move and is safe for concurrent use.
type Fake struct {
	mu    sync.Mutex
	stamp appliance.Stamp
	boots int
}

// NewFake gives a synchronised clock that shows start, one hour after boot "boot-1".
func NewFake(start time.Time) *Fake {
	return &Fake{boots: 1, stamp: appliance.Stamp{
		Wall: start.UTC().Round(0), Mono: int64(time.Hour), Boot: "boot-1", Quality: appliance.ClockSynchronised,
	}}
}

// Now gives the time as it was set.
func (f *Fake) Now() appliance.Stamp {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stamp
}

// Advance moves wall and monotonic time on together.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamp.Wall = f.stamp.Wall.Add(d)
	f.stamp.Mono += int64(d)
}

// SetWall steps the wall clock, forwards or back; monotonic time does not notice.
func (f *Fake) SetWall(wall time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamp.Wall = wall.UTC().Round(0)
}

// SetQuality says how good the wall clock is from now on.
func (f *Fake) SetQuality(q appliance.ClockQuality) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stamp.Quality = q
}

// Reboot starts a new boot: monotonic time begins at zero, the wall clock keeps its time.
func (f *Fake) Reboot() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boots++
	f.stamp.Mono, f.stamp.Boot = 0, "boot-"+string(rune('0'+f.boots%10))
}
