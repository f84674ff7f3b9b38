package camera

import (
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// A camera that failed is tried again soon; a program that dies at each start is not.
func TestPause(t *testing.T) {
	for key, want := range map[string]time.Duration{
		worker.KeyClosed: 2 * time.Second, "camera.error.unreachable": 2 * time.Second, worker.KeyDied: time.Minute,
		worker.KeyStart: time.Minute, worker.KeyProtocol: time.Minute,
	} {
		if got := pause(appliance.E(appliance.Unavailable, key, nil), time.Minute); got != want {
			t.Errorf("%s: %s", key, got)
		}
	}
	if got := pause(appliance.E(appliance.Unavailable, worker.KeyClosed, nil), time.Millisecond); got != time.Millisecond {
		t.Errorf("a short wait became %s", got)
	}
}
