package opencv

import (
	"dermbox/camera"
)

const (
	controlEvery = 1_000_000_000 // nanoseconds between two looks at the controls
	rateName     = "fps"         // the frame rate among the readings; it has no name in V4L2
	rateSlack    = 1             // frames per second that a camera may differ from what was asked
	takeEffect   = 2             // frames that a sensor may still expose with the old settings
)

// apply sets the profile's controls in their order.
func (s *stream) apply() {
	for _, c := range s.source.Controls {
		s.device.set(c.Name, c.Value)
	}
}

// readings gives each control, and the rate where one was asked for, as the camera says it is.
func (s *stream) readings() []camera.ControlReading {
	if s.source.URL != "" {
		return nil // it takes no settings and misreports its rate
	}
	var list []camera.ControlReading
	if want := s.source.Settings.FPS; want > 0 {
		rate := camera.Control{Name: rateName, Value: want, Tolerance: rateSlack}
		list = append(list, rate.Read(s.device.mode().FPS))
	}
	for _, c := range s.source.Controls {
		list = append(list, c.Read(s.device.get(c.Name)))
	}
	return list
}

// look reads the controls. What differs from the profile is told, set again and read again: a camera forgets its settings
// when its power dips, without being unplugged. It gives the first reading.
func (s *stream) look() camera.Checked {
	s.due = s.now() + controlEvery
	found := s.checked(s.readings())
	if len(camera.Differing(found.Controls)) == 0 {
		return found
	}
	_ = s.emit(camera.EventSettings, found, nil) // a parent that is gone needs no word
	s.apply()
	again := s.readings()
	s.since = s.now() + s.settling()
	_ = s.emit(camera.EventSettings, s.checked(again), nil)
	return found
}

func (s *stream) checked(readings []camera.ControlReading) camera.Checked {
	return camera.Checked{Controls: readings, Since: s.since, Boot: s.boot}
}

// settling is how long frames may still come with the old settings, nanoseconds.
func (s *stream) settling() int64 { return takeEffect * interval(s.device.mode(), s.source.Settings) }

// begun gives when a frame's exposure began, nanoseconds, by its buffer's time. Where that is of the frame's end, or nobody
// vouches for it, a frame's length is taken off, so that no frame is believed newer than it is.
func begun(buffer int64, clock string, interval int64) int64 {
	if clock == camera.BufferStart {
		return buffer
	}
	return buffer - interval
}

// interval gives the time between two frames, nanoseconds, as the camera says it or else as it was asked; a tenth of a
// second where neither is known.
func interval(said, asked camera.Settings) int64 {
	for _, fps := range []float64{said.FPS, asked.FPS} {
		if fps > 0 {
			return int64(1e9 / fps)
		}
	}
	return 100_000_000
}
