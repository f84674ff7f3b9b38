package camera_test

import (
	"testing"

	"dermbox/camera"
)

// A picture may be new to the bit and yet be old by what its source says of it.
func TestFrameThatIsOldByItsNumberOrTimeIsRefused(t *testing.T) {
	for _, how := range []string{"same-number", "lower-number", "same-time", "earlier", "driver-earlier"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			c := serve(t, how, nil)
			await(t, c, camera.StateFrozen)
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			wantKey(t, err, "camera.error.frozen")
		})
	}
}

// Where a source has no number, and its time is an estimate, nothing is refused that may be new; nor in the next opening, where
// numbers begin again.
func TestFrameThatMayBeNewIsNotRefused(t *testing.T) {
	for _, how := range []string{"good", "arrival", "tagged", "driver-same-time", "driver-unsure", "ended"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			c := serve(t, how, nil)
			await(t, c, camera.StateReady)
			s, err := c.Survey(t.Context(), 60)
			if err != nil || s.Repeated != 0 || s.Good != 60 {
				t.Fatalf("%+v %v", s, err)
			}
		})
	}
}
