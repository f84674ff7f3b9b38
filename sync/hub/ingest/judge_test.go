package ingest

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIdentified(t *testing.T) {
	for name, c := range map[string]struct {
		p    appliance.Patient
		want bool
	}{
		"number":            {appliance.Patient{FamilyName: "A", NHSNumber: "9990000018"}, true},
		"no number, reason": {appliance.Patient{FamilyName: "A", NoNHSNumberReason: "overseas-patient"}, true},
		"no number":         {appliance.Patient{FamilyName: "A"}, false},
		"wrong check digit": {appliance.Patient{FamilyName: "A", NHSNumber: "9990000019"}, false},
		"no name":           {appliance.Patient{NHSNumber: "9990000018"}, false},
	} {
		if got := identified(c.p); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestGateGivesUpItsPlaceAndLeavesALaterRequestAlone(t *testing.T) {
	g := gate{held: map[uploadKey]*upload{}}
	key := uploadKey{sha256: "x"}
	cuts := make(chan time.Time, 8)
	first, err := g.take(t.Context(), key, func(at time.Time) error { cuts <- at; return nil })
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan *upload)
	go func() {
		second, err := g.take(t.Context(), key, func(time.Time) error { return nil })
		if err != nil {
			t.Error(err)
		}
		taken <- second
	}()
	if at := <-cuts; !at.Before(time.Now()) {
		t.Errorf("the first was given until %v", at)
	}
	first.extend(time.Hour)
	if !first.interrupted() || len(cuts) != 0 {
		t.Error("an interrupted request may read on")
	}
	g.release(key, first)
	second := <-taken
	first.interrupt()
	if len(cuts) != 0 {
		t.Error("a connection was touched after its request had ended")
	}
	g.interruptAll()
	if !second.interrupted() {
		t.Error("a stopping hub waits for ever")
	}
	g.release(key, second)
}
