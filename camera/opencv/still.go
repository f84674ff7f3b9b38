package opencv

import (
	"strconv"

	"dermbox/appliance"
	"dermbox/camera"
)

// maxWaiting is how many frames are read in still mode for one that was exposed after the press.
const maxWaiting = 30

// still switches the camera to its still mode, takes the first frame exposed after the press, and switches back. The camera
// may forget its settings at each switch, so they are set and read again both times.
func (s *stream) still(q camera.StillRequest) (taken camera.StillTaken, jpeg []byte, err error) {
	begun := s.now()
	defer func() {
		if backErr := s.back(); err == nil {
			err = backErr
		}
	}()
	if err := s.switchTo(s.source.Still.Settings); err != nil {
		return taken, nil, err
	}
	for n := range s.source.Still.SettleFrames {
		if _, _, err := s.read(); err != nil {
			return taken, nil, appliance.E(appliance.Unavailable, "camera.error.unreachable", err)
		}
		if n == 0 {
			taken.SwitchMS = float64((s.now()-begun)/1000) / 1000
		}
	}
	for range maxWaiting {
		jpeg, taken.Header, err = s.read()
		if err != nil {
			return taken, nil, appliance.E(appliance.Unavailable, "camera.error.unreachable", err)
		}
		if s.exposedAfter(taken.Header, q) {
			return taken, jpeg, s.stillSettings()
		}
	}
	return taken, nil, appliance.E(appliance.Unavailable, "camera.error.no_frame", nil)
}

// switchTo enters the still mode and refuses another size than the one asked for.
func (s *stream) switchTo(want camera.Settings) error {
	got, err := s.enter(want)
	if err != nil {
		return err
	}
	if got.Width != want.Width || got.Height != want.Height {
		return appliance.E(appliance.Unavailable, "camera.error.wrong_size", nil, "width", strconv.Itoa(got.Width), "height", strconv.Itoa(got.Height),
			"want_width", strconv.Itoa(want.Width), "want_height", strconv.Itoa(want.Height))
	}
	s.apply()
	return nil
}

// back leaves the still mode.
func (s *stream) back() error {
	_, err := s.enter(s.source.Settings)
	s.apply()
	s.due = s.now() // read back after the next frame
	return err
}

// exposedAfter says whether a frame in still mode was exposed after the press. Where only its arrival is known, the frames
// dropped after the switch, which came after the press, have made sure of it.
func (s *stream) exposedAfter(h camera.FrameHeader, q camera.StillRequest) bool {
	if q.Boot != s.boot || h.Clock == camera.ClockArrival {
		return true
	}
	return h.ExpoBoot == q.Boot && h.Exposed > q.After
}

// stillSettings refuses a still whose controls differed in the still mode; the rate is that mode's own.
func (s *stream) stillSettings() error {
	for _, r := range camera.Differing(s.readings()) {
		if r.Name != rateName {
			return camera.SettingsError(r)
		}
	}
	return nil
}
