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
	s.progress(true)
	defer func() {
		if backErr := s.back(); err == nil {
			err = backErr
		}
	}()
	if err := s.switchTo(s.source.Still.Settings); err != nil {
		return taken, nil, err
	}
	before, err := s.settle()
	if err != nil {
		return taken, nil, err
	}
	taken.SwitchMS = float64((s.first-begun)/1000) / 1000
	for range maxWaiting {
		jpeg, taken.Header, err = s.stillFrame()
		if err != nil {
			return taken, nil, err
		}
		if s.exposedAfter(taken.Header, q) {
			if same(before, jpeg) {
				return taken, nil, appliance.E(appliance.Unavailable, "camera.error.frozen", nil)
			}
			return taken, jpeg, s.stillSettings()
		}
		before = jpeg
	}
	return taken, nil, appliance.E(appliance.Unavailable, "camera.error.no_frame", nil)
}

// settle drops the frames that exposure and sensor need after the switch, at least one, and gives the last: the still is held
// against it.
func (s *stream) settle() (last []byte, err error) {
	for n := range max(s.source.Still.SettleFrames, 1) {
		if last, _, err = s.stillFrame(); err != nil {
			return nil, err
		}
		if n == 0 {
			s.first = s.now()
		}
	}
	return last, nil
}

// stillFrame takes the next frame in still mode.
func (s *stream) stillFrame() ([]byte, camera.FrameHeader, error) {
	jpeg, h, err := s.read()
	if err != nil {
		return nil, h, appliance.E(appliance.Unavailable, "camera.error.unreachable", err)
	}
	s.progress(false)
	return jpeg, h, nil
}

// progress says that the worker still runs. A parent that is gone needs no word.
func (s *stream) progress(switching bool) {
	_ = s.emit(camera.EventProgress, camera.Progress{Switching: switching}, nil)
}

// same says whether two frames show the same exposure: no sensor gives the same noise twice. What is no whole JPEG is for the
// client to refuse.
func same(a, b []byte) bool {
	one, _, _, err1 := camera.ScanHash(a)
	other, _, _, err2 := camera.ScanHash(b)
	return err1 == nil && err2 == nil && one == other
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
	s.progress(true)
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
	if lost := camera.Lost(s.readings()); len(lost) > 0 {
		return camera.SettingsError(lost[0])
	}
	return nil
}
