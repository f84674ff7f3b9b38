package kiosk

import (
	"slices"
	"sync"

	"dermbox/appliance"
)

// Viewers knows who watches the live picture, counts what they were sent, and gives each press of the shutter to one page. The
// zero value is ready for use, and safe for concurrent use.
type Viewers struct {
	mu      sync.Mutex
	here    []*viewer // in the order in which they came
	past    appliance.ViewerStatus
	pressed uint64 // the last press that a page was given
}

// Status counts the frames since the start.
func (v *Viewers) Status() appliance.PreviewStatus {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := appliance.PreviewStatus{Viewers: len(v.here), Watching: []appliance.ViewerStatus{}, Sent: v.past.Sent, Dropped: v.past.Dropped, Stray: v.past.Stray}
	for _, one := range v.here {
		w := one.status()
		s.Watching = append(s.Watching, w)
		s.Sent, s.Dropped, s.Stray = s.Sent+w.Sent, s.Dropped+w.Dropped, s.Stray+w.Stray
	}
	return s
}

func (v *Viewers) add(one *viewer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.here = append(v.here, one)
}

func (v *Viewers) remove(one *viewer) {
	w := one.status()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.here = slices.DeleteFunc(v.here, func(other *viewer) bool { return other == one })
	v.past.Sent, v.past.Dropped, v.past.Stray = v.past.Sent+w.Sent, v.past.Dropped+w.Dropped, v.past.Stray+w.Stray
}

// claim says whether a press is this viewer's: the page in its capture step that was opened last gets it, and nobody gets one
// twice. The page that an operator looks at is the newest; an older one may be of another patient.
func (v *Viewers) claim(one *viewer, id uint64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, other := range slices.Backward(v.here) {
		if !other.captures {
			continue
		}
		if other != one || id <= v.pressed {
			return false
		}
		v.pressed = id
		return true
	}
	return false
}
