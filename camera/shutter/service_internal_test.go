package shutter

import (
	"testing"
	"time"
)

// Until it is taken, a foot switch that was just plugged in types into whatever has the screen.
func TestDevicesAreLookedForSoonUnlessSaidOtherwise(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: 200 * time.Millisecond, time.Minute: time.Minute} {
		s, err := New(Options{Every: asked})
		if err != nil || s.o.Every != want {
			t.Errorf("%v: %v %v", asked, s.o.Every, err)
		}
	}
}
