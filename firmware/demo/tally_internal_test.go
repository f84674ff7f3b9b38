package demo

import (
	"errors"
	"testing"

	"dermbox/appliance"
)

// It is an internal test because only a soak makes a tally, and takes minutes to.
func TestIdleSoakIsAnError(t *testing.T) {
	if err := (Tally{Cases: 1, Faults: 1, Frames: 1}).enough(); err != nil {
		t.Error(err)
	}
	for _, idle := range []Tally{{}, {Cases: 1, Faults: 1}, {Cases: 1, Frames: 1}, {Faults: 1, Frames: 1}} {
		if e, ok := errors.AsType[*appliance.Error](idle.enough()); !ok || e.Key != "demo.soak_idle" {
			t.Errorf("%+v is enough: %v", idle, e)
		}
	}
}
