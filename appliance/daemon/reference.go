package daemon

import (
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/card"
)

// references are the calibrations of the store, the newest first. It is safe for concurrent use.
type references struct {
	mu   sync.Mutex
	list []appliance.Calibration
}

func (r *references) add(c appliance.Calibration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append([]appliance.Calibration{c}, r.list...)
}

// newest gives the last calibration of a camera that is set by a profile; never another camera's.
func (r *references) newest(camera appliance.Camera, profile string) (appliance.Calibration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.list {
		if c.Of(camera, profile) {
			return c, true
		}
	}
	return appliance.Calibration{}, false
}

// The states of the reference, as keys of the catalogue.
const (
	referenceUnused  = "daemon.reference_unused"  // no profile in force asks for a card
	referenceAway    = card.StandingAway          // the camera was not opened yet, and one that a profile asks a card of may be it
	referenceNone    = "daemon.reference_none"    // this camera was never shown one
	referenceFresh   = "daemon.reference_fresh"   // it counts
	referenceOld     = "daemon.reference_old"     // it counts, and the card is asked for again
	referenceExpired = "daemon.reference_expired" // it counts no longer
)

// reference is how the calibration of the camera stands at a moment.
type reference struct {
	key      string
	rule     quality.Calibration   // what the profile asks for; zero for referenceUnused
	last     appliance.Calibration // zero where nothing was shown or asked
	age      time.Duration         // of last
	ageKnown bool
}

// standing judges the newest calibration of a camera by a profile, which may be nil.
func (r *references) standing(p *quality.Profile, camera appliance.Camera, set string, now appliance.Stamp, bounded time.Time) reference {
	if p == nil || p.Calibration == nil {
		return reference{key: referenceUnused}
	}
	s := reference{key: referenceNone, rule: *p.Calibration}
	last, ok := r.newest(camera, set)
	if !ok {
		return s
	}
	s.last = last
	s.age, s.ageKnown = last.Age(now, bounded)
	switch {
	case !s.ageKnown || s.age >= s.rule.Required():
		s.key = referenceExpired
	case s.age >= s.rule.Fresh():
		s.key = referenceOld
	default:
		s.key = referenceFresh
	}
	return s
}

// asked says whether the camera is one that a profile asks a card of.
func (s reference) asked() bool { return s.key != referenceUnused && s.key != referenceAway }

// counts says whether there is a calibration in force.
func (s reference) counts() bool { return s.key == referenceFresh || s.key == referenceOld }

// measure is the reference as a line of a verdict: hard, since colours that nobody vouches for are no model's to judge. Its value
// is the hours since the card was shown; it fails as low where there was none or nobody knows when.
func (s reference) measure() appliance.Measure {
	most := s.rule.RequiredHours
	m := appliance.Measure{Name: quality.Reference, Value: s.age.Hours(), Unit: "h", Max: &most, Hard: true, Pass: s.counts()}
	if m.Pass {
		return m
	}
	m.Key = "quality." + quality.Reference + ".low"
	if s.key == referenceExpired && s.ageKnown {
		m.Key = "quality." + quality.Reference + ".high"
	}
	return m
}

// record is what a still's record has of it: nothing where none is in force.
func (s reference) record(width, height int) *appliance.Reference {
	if !s.counts() {
		return nil
	}
	return s.last.Reference(width, height)
}

// until gives when the reference stops being fresh and when it stops counting, on the wall clock of the calibration.
func (s reference) until() (fresh, counts time.Time) {
	return s.last.At.Wall.Add(s.rule.Fresh()), s.last.At.Wall.Add(s.rule.Required())
}
