package clock_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
)

func TestMachine(t *testing.T) {
	c := clock.System(time.Time{}, time.Time{})
	a := c.Now()
	time.Sleep(time.Millisecond)
	b := c.Now()
	if b.Mono <= a.Mono {
		t.Errorf("monotonic time went from %d to %d", a.Mono, b.Mono)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err == nil && a.Boot != strings.TrimSpace(string(boot)) || a.Boot == "" || a.Boot != b.Boot {
		t.Errorf("boot id %q", a.Boot)
	}
	if a.Wall.Location() != time.UTC || a.Wall.String() != a.Wall.Round(0).String() {
		t.Errorf("wall time %v is not plain UTC", a.Wall)
	}
	if a.Quality != appliance.ClockSynchronised && a.Quality != appliance.ClockUnverified {
		t.Errorf("quality %q without a floor", a.Quality)
	}
}

func TestFloor(t *testing.T) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		built, seen time.Time
		suspect     bool
	}{
		"both past":               {past, past, false},
		"built in the future":     {future, past, true},
		"seen later than now":     {past, future, true},
		"neither known":           {time.Time{}, time.Time{}, false},
		"only last seen, in past": {time.Time{}, past, false},
	} {
		t.Run(name, func(t *testing.T) {
			machine := clock.System(c.built, c.seen)
			if got := machine.Now().Quality == appliance.ClockSuspect; got != c.suspect {
				t.Errorf("suspect %v, want %v", got, c.suspect)
			}
			bounded := machine.Bounded()
			if bounded.Before(c.built) || bounded.Before(c.seen) {
				t.Errorf("bounded time %v lies before the floor", bounded)
			}
		})
	}
}

func TestFake(t *testing.T) {
	start := time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)
	f := clock.NewFake(start)
	first := f.Now()
	f.Advance(time.Minute)
	second := f.Now()
	if !second.Wall.Equal(start.Add(time.Minute)) || second.Mono-first.Mono != int64(time.Minute) {
		t.Errorf("after a minute: %+v", second)
	}
	f.SetWall(start.AddDate(-50, 0, 0))
	if got := f.Now(); got.Mono != second.Mono || got.Wall.Year() != 1976 {
		t.Errorf("after a step: %+v", got)
	}
	f.Reboot()
	if got := f.Now(); got.Mono != 0 || got.Boot == first.Boot {
		t.Errorf("after a reboot: %+v", got)
	}
	f.SetQuality(appliance.ClockSuspect)
	if got := f.Now().Quality; got != appliance.ClockSuspect {
		t.Errorf("quality %q", got)
	}
}
