package camera

import "sync/atomic"

// spell is how many frames of the preview are decoded after one was found damaged: a second or two of them.
const spell = 45

// scrutiny says how closely the frames of the preview are looked at. Most are not decoded, for the time that it takes, so that
// damage which forges no marker is seen by a press alone. While somebody surveys the camera, and for a spell after
// damage was found, each is decoded, so that health shows what a press would be refused for. It is safe for concurrent use.
type scrutiny struct {
	surveying atomic.Int32 // surveys under way
	left      atomic.Int32 // frames of the spell to come
}

func (s *scrutiny) closely() bool { return s.surveying.Load() > 0 || s.left.Load() > 0 }

// suspect begins the spell, again if it is on.
func (s *scrutiny) suspect() { s.left.Store(spell) }

// scrutinise decodes a frame and gives what CheckScan says of it. It is for the pump alone, outside the client's lock.
func (s *scrutiny) scrutinise(jpeg []byte) error {
	err := CheckScan(jpeg)
	if err != nil {
		s.suspect()
	} else if n := s.left.Load(); n > 0 {
		s.left.CompareAndSwap(n, n-1) // unless a press began the spell again
	}
	return err
}
