package opencv

import (
	"context"
	"fmt"
	"os"

	"dermbox/appliance"
	"dermbox/camera"
)

// device is an open camera as a stream drives it: source, or a test's stand-in. It belongs to one goroutine.
type device interface {
	read() ([]byte, camera.FrameHeader, error) // the next frame as a JPEG; blocks for as long as the camera likes
	setMode(camera.Settings)
	mode() camera.Settings // as the camera says it is
	set(control string, value float64)
	get(control string) float64 // camera.Unreadable where the camera has no such control
	close()
}

// stream reads one camera until it ends, sends each frame, and between two reads keeps the camera's settings as the profile
// asks and serves requests.
type stream struct {
	device device
	source camera.Source
	emit   func(typ string, data any, body []byte) error
	now    func() int64 // CLOCK_BOOTTIME, nanoseconds
	boot   string

	requests chan func() // each is run between two reads
	over     chan struct{}

	// Of the reading goroutine alone.
	count   uint64                  // frames read
	told    []camera.ControlReading // what the parent was told last
	since   int64                   // frames exposed from then on have the profile's settings
	due     int64                   // when the controls are read again
	arrived [2]int64                // when the last two frames were there
	first   int64                   // when the first frame of the last still mode was there
}

func newStream(d device, s camera.Source, emit func(string, any, []byte) error) *stream {
	return &stream{
		device: d, source: s, emit: emit, now: camera.Boottime, boot: camera.BootID(), requests: make(chan func()), over: make(chan struct{}),
	}
}

// begin sets the camera and takes its first frame, to know that it gives JPEG. The error is *appliance.Error Unavailable.
func (s *stream) begin(o *camera.Opened) (jpeg []byte, h camera.FrameHeader, err error) {
	o.ReadBack, err = s.enter(s.source.Settings)
	if err != nil {
		return nil, h, err
	}
	s.apply()
	s.told = s.readings()
	o.Controls = s.told
	if len(s.source.Controls) > 0 {
		s.since = s.now() + s.settling()
	}
	s.due = s.now() + controlEvery
	if jpeg, h, err = s.read(); err != nil {
		return nil, h, appliance.E(appliance.Unavailable, "camera.error.unreachable", err)
	}
	o.Encoding = h.Encoding
	return jpeg, h, nil
}

// run sends the first frame and all that follow until the camera ends or the parent is gone.
func (s *stream) run(jpeg []byte, h camera.FrameHeader) {
	defer close(s.over)
	defer s.device.close()
	for {
		if s.emit(camera.EventFrame, h, jpeg) != nil {
			return
		}
		if s.now() >= s.due {
			s.look()
		}
		s.serve()
		var err error
		if jpeg, h, err = s.read(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			_ = s.emit(camera.EventEnded, camera.Ended{Key: camera.StateUnreachable}, nil) // a parent that is gone needs no word
			return
		}
	}
}

// read takes the next frame and numbers it.
func (s *stream) read() ([]byte, camera.FrameHeader, error) {
	jpeg, h, err := s.device.read()
	s.count++
	h.Count, h.Boot = s.count, s.boot
	s.arrived = [2]int64{s.arrived[1], h.Arrived}
	return jpeg, h, err
}

// serve runs the requests that wait.
func (s *stream) serve() {
	for {
		select {
		case f := <-s.requests:
			f()
		default:
			return
		}
	}
}

// do has f run between two reads and waits for it. It fails when the stream is over or ctx ends first; f may still run in the
// second case.
func (s *stream) do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case s.requests <- func() { defer close(done); f() }:
	case <-s.over:
		return appliance.E(appliance.Unavailable, "camera.error.closed", nil)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter switches the camera to a mode and gives what it then says it does. Drivers replace a format that they cannot give
// without a word: that is an error, since nobody knows what such a camera's bytes are.
func (s *stream) enter(want camera.Settings) (camera.Settings, error) {
	s.device.setMode(want)
	got := s.device.mode()
	if s.source.URL != "" {
		return got, nil
	}
	if asked := formatOf(want); got.FourCC != asked {
		return got, appliance.E(appliance.Unavailable, "camera.error.wrong_format", nil, "asked", asked, "got", got.FourCC)
	}
	return got, nil
}

// formatOf gives the format that is asked for: MJPG, unless a profile says otherwise.
func formatOf(s camera.Settings) string {
	if s.FourCC == "" {
		return camera.MJPG
	}
	return s.FourCC
}
