package trustsync_test

import (
	"testing"
	"time"

	"dermbox/appliance"
	trustsync "dermbox/sync"
)

func TestAPoisonCaseIsSetAside(t *testing.T) {
	cases := map[string]struct {
		fault func(*Faults, appliance.CaseID)
		code  string
	}{
		"held with other content": {func(f *Faults, id appliance.CaseID) { f.Conflict = map[appliance.CaseID]bool{id: true} }, "case_conflict"},
		"rejected in the receipt": {func(f *Faults, id appliance.CaseID) { f.Reject = map[appliance.CaseID]bool{id: true} }, "case_patient"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLine(t)
			first, bad, last := l.store.Add(appliance.DermReview, 10), l.store.Add(appliance.DermReview, 20), l.store.Add(appliance.DermReview, 30)
			c.fault(&l.hub.Faults, bad)
			l.start(nil)
			l.received(first, last)
			l.reaches(bad, appliance.Quarantined)
			if _, code := l.store.State(bad); code != c.code {
				t.Errorf("code %q", code)
			}
		})
	}
}

func TestADamagedImageIsNotSentAsGood(t *testing.T) {
	for _, size := range []int{1, 2, 5000, 3 << 20} {
		l := newLine(t)
		good, bad := l.store.Add(appliance.DermReview, 10), l.store.Add(appliance.DermReview, 100, size)
		l.store.Damage(bad)
		l.start(nil)
		l.received(good)
		l.reaches(bad, appliance.Quarantined)
		if _, code := l.store.State(bad); code != trustsync.CodeDamaged {
			t.Errorf("code %q", code)
		}
		if got := l.hub.Part(l.store.cases[bad].Captures[1].SHA256); len(got) >= size {
			t.Errorf("the hub has %d bytes of a damaged image of %d", len(got), size)
		}
	}
}

func TestAnImageThatIsGoneSetsItsCaseAside(t *testing.T) {
	l := newLine(t)
	good, bad := l.store.Add(appliance.DermReview, 10), l.store.Add(appliance.DermReview, 100)
	delete(l.store.images, l.store.cases[bad].Captures[0].ID)
	l.start(nil)
	l.received(good)
	l.reaches(bad, appliance.Quarantined)
}

func TestACaseThatChangedAfterItWasSignedIsSetAside(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	l.hub.Faults.Unauthorised = true
	stop := l.start(nil)
	eventually(t, "refused", func() bool { return l.engine.Status().LastError != "" })
	stop()
	l.store.cases[id].Patient.FamilyName = "Other"
	l.hub.Change(func(f *Faults) { *f = Faults{} })
	l.start(nil)
	l.reaches(id, appliance.Quarantined)
	if _, code := l.store.State(id); code != trustsync.CodeChanged {
		t.Errorf("code %q", code)
	}
}

func TestAPortalsPageIsNoSuccess(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 10)
	l.hub.Faults.Portal = true
	l.start(nil)
	eventually(t, "portal", func() bool { return l.engine.Status().LastError == "sync.portal" })
	if s := l.engine.Status(); s.Reachable || s.NeedsIT {
		t.Errorf("status %+v", s)
	}
	l.hub.Change(func(f *Faults) { f.Portal = false })
	l.received(id)
}

func TestABrokenConnectionGoesOnAtTheByte(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 900_000)
	l.hub.Faults.CutParts, l.hub.Faults.CutAfter = 5, 100_000
	l.start(nil)
	l.received(id)
	sum := l.store.cases[id].Captures[0].SHA256
	if n := l.hub.Received(sum); n != 900_000 {
		t.Errorf("%d bytes came of an image of 900000: some were sent again", n)
	}
}

func TestARestartGoesOnWithTheSameOffer(t *testing.T) {
	l := newLine(t)
	id := l.store.Add(appliance.DermReview, 200_000, 200_000)
	l.hub.Faults.CutParts, l.hub.Faults.CutAfter = 1, 50_000
	blocked := make(chan struct{})
	stop := l.start(func(d *trustsync.Deps) { d.Pace.LinkLow, d.Pace.LinkHigh = time.Hour, 2*time.Hour; close(blocked) })
	<-blocked
	eventually(t, "cut", func() bool { return l.engine.Status().LastError != "" })
	stop()
	l.start(nil)
	l.received(id)
	if n := l.hub.Offers(); n != 1 {
		t.Errorf("%d manifests", n)
	}
	for _, c := range l.store.cases[id].Captures {
		if n := l.hub.Received(c.SHA256); n != 200_000 {
			t.Errorf("%d bytes came of an image of 200000", n)
		}
	}
}

// TestACaseOfAnotherTrustIsNotSent: the box was enrolled with another trust while the case waited.
func TestACaseOfAnotherTrustIsNotSent(t *testing.T) {
	l := newLine(t)
	bad, good := l.store.Add(appliance.DermReview, 20), l.store.Add(appliance.DermReview, 30)
	l.store.cases[bad].Site.Trust = "RYY"
	l.start(nil)
	l.received(good)
	l.reaches(bad, appliance.Quarantined)
	if _, code := l.store.State(bad); code != "case_site" {
		t.Errorf("code %q", code)
	}
	if got := l.hub.Received(l.store.cases[bad].Captures[0].SHA256); got != 0 {
		t.Errorf("%d bytes were sent to another trust", got)
	}
}
