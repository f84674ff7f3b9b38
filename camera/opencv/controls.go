package opencv

import (
	"slices"

	"dermbox/camera"
)

const (
	controlEvery = 1_000_000_000 // nanoseconds between two looks at the controls
	rateSlack    = 1             // frames per second that a camera may differ from what was asked
	longest      = 1_000_000_000 // nanoseconds that a frame is believed to be exposed, unless the camera says more
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
		rate := camera.Control{Name: camera.RateName, Value: want, Tolerance: rateSlack}
		list = append(list, rate.Read(s.device.mode().FPS))
	}
	for _, c := range s.source.Controls {
		list = append(list, c.Read(s.device.get(c.Name)))
	}
	return list
}

// look reads the controls and tells what has changed. What a still needs and the camera has lost is set again and read again:
// a camera forgets its settings when its power dips, without being unplugged. It gives the first reading.
func (s *stream) look() camera.Checked {
	s.due = s.now() + controlEvery
	found := s.checked(s.readings())
	s.tell(found)
	if len(camera.Lost(found.Controls)) == 0 {
		return found
	}
	s.apply()
	again := s.readings()
	s.since = s.now() + s.settling()
	s.tell(s.checked(again))
	return found
}

// tell sends the readings when they are not what was told last.
func (s *stream) tell(c camera.Checked) {
	if slices.Equal(s.told, c.Controls) {
		return
	}
	s.told = c.Controls
	_ = s.emit(camera.EventSettings, c, nil) // a parent that is gone needs no word
}

func (s *stream) checked(readings []camera.ControlReading) camera.Checked {
	return camera.Checked{Controls: readings, Since: s.since, Boot: s.boot}
}

// settling is how long frames may still come with the old settings, nanoseconds.
func (s *stream) settling() int64 {
	return takeEffect * length(interval(s.device.mode(), s.source.Settings), s.arrived[0], s.arrived[1])
}

// buffered turns a driver's buffer times into times of exposure.
type buffered struct {
	clock string // what they are of: camera.BufferStart or camera.BufferEnd
	last  int64  // of the frame before, nanoseconds; 0 before the first
}

// begun gives when a frame's exposure began, nanoseconds, by its buffer's time. Where that is of the frame's end, or nobody
// vouches for it, a frame's length is taken off, so that no frame is believed newer than it is.
func (b *buffered) begun(buffer, interval int64) int64 {
	last := b.last
	b.last = buffer
	if b.clock == camera.BufferStart {
		return buffer
	}
	return buffer - length(interval, last, buffer)
}

// length is how long a frame may have been exposed, nanoseconds: cameras expose longer in the dark while they go on saying the
// rate that they were asked for, so the time since the frame before counts where it is longer.
func length(interval, last, now int64) int64 {
	if last == 0 {
		return interval
	}
	return max(interval, min(now-last, longest))
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
