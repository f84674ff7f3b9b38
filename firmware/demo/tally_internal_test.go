package demo

import (
	"errors"
	"testing"
	"time"

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

// A viewer who fell away in the first half saw too little, however much that was.
func TestASoakThatStandsStillIsNoSoak(t *testing.T) {
	k := soak{length: time.Minute, tally: Tally{Cases: 9, Faults: 4, Frames: 900}, samples: []Sample{
		{At: 10, Tally: Tally{Cases: 2, Faults: 1, Frames: 300}}, {At: 29, Tally: Tally{Cases: 4, Faults: 2, Frames: 900}},
		{At: 50, Tally: Tally{Cases: 8, Faults: 4, Frames: 900}},
	}}
	if err := k.tally.since(k.half()).enough(); err == nil {
		t.Error("nobody watched the second half, and that was enough")
	}
	k.tally.Frames++
	if err := k.tally.since(k.half()).enough(); err != nil {
		t.Error(err)
	}
}
