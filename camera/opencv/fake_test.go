package opencv

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"dermbox/camera"
)

// fakeCamera is a V4L2 camera in memory: it keeps what it is told, and may refuse, replace or forget it. A test drives its stream
// by hand, so no time passes but what the test says.
type fakeCamera struct {
	t        *testing.T
	now      int64 // nanoseconds; a frame takes one interval
	current  camera.Settings
	controls map[string]float64
	calls    []string // "mode MJPG 640", "set gain", in order
	clamp    map[string]float64
	replace  string // the format it gives, whatever is asked
	forget   bool   // at each change of mode the controls go back to 0
	arrival  bool   // it has no clock
	late     int    // frames in still mode that say they were exposed before the press
	ends     int    // frames until it ends; 0 never
	closed   bool
	pictures func(read int64) []byte // what its frames are; nil: the format's name
}

const (
	frameTime = 100_000_000
	opening   = 1000 // when a rig opens its camera
)

func (f *fakeCamera) read() ([]byte, camera.FrameHeader, error) {
	f.now += frameTime
	f.calls = append(f.calls, "read "+f.current.FourCC)
	if f.ends--; f.ends == 0 {
		return nil, camera.FrameHeader{}, errors.New("ended")
	}
	h := camera.FrameHeader{Arrived: f.now, Clock: camera.ClockV4L2, Exposed: f.now - frameTime/2, ExpoBoot: "boot"}
	if f.arrival {
		h.Clock, h.Exposed, h.ExpoBoot = camera.ClockArrival, 0, ""
	}
	if f.current.Width == 2592 && f.late > 0 {
		f.late--
		h.Exposed = 1
	}
	if f.pictures != nil {
		return f.pictures(f.now / frameTime), h, nil
	}
	return []byte(f.current.FourCC), h, nil
}

func (f *fakeCamera) setMode(s camera.Settings) {
	f.calls = append(f.calls, "mode "+formatOf(s))
	f.current = s
	f.current.FourCC = formatOf(s)
	if f.replace != "" {
		f.current.FourCC = f.replace
	}
	if f.forget {
		clear(f.controls)
	}
}

func (f *fakeCamera) mode() camera.Settings { return f.current }

func (f *fakeCamera) set(name string, value float64) {
	f.calls = append(f.calls, "set "+name)
	if most, ok := f.clamp[name]; ok {
		value = min(value, most)
	}
	f.controls[name] = value
}

func (f *fakeCamera) get(name string) float64 {
	if v, ok := f.controls[name]; ok {
		return v
	}
	return 0
}

func (f *fakeCamera) close() { f.closed = true }

// sent is what a stream emitted.
type sent struct {
	typ  string
	data any
	body []byte
}

// profiled is a source with a whole profile.
func profiled() camera.Source {
	return camera.Source{
		Device:   "/made-up/video0",
		Settings: camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30},
		Still:    &camera.StillMode{Settings: camera.Settings{FourCC: "YUYV", Width: 2592, Height: 1944, FPS: 2}, SettleFrames: 2},
		Controls: []camera.Control{{Name: "exposure_auto", Value: 1}, {Name: "exposure_time_absolute", Value: 156, Tolerance: 1}, {Name: "gain", Value: 3}},
	}
}

// rig is a stream over a fake camera, and what it sent.
type rig struct {
	*stream
	fake *fakeCamera
	mu   sync.Mutex
	sent []sent
}

func newRig(t *testing.T, s camera.Source, change func(*fakeCamera)) *rig {
	t.Helper()
	r := &rig{fake: &fakeCamera{t: t, now: opening, controls: map[string]float64{}, clamp: map[string]float64{}}}
	if change != nil {
		change(r.fake)
	}
	r.stream = newStream(r.fake, s, func(typ string, data any, body []byte) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.sent) > 1000 {
			return errors.New("parent has gone")
		}
		r.sent = append(r.sent, sent{typ, data, body})
		return nil
	})
	r.now, r.boot = func() int64 { return r.fake.now }, "boot"
	return r
}

// settings gives the events about settings, as they cross the pipe.
func (r *rig) settings(t *testing.T) []camera.Checked {
	t.Helper()
	var list []camera.Checked
	for _, s := range r.sent {
		if s.typ != camera.EventSettings {
			continue
		}
		raw, err := json.Marshal(s.data)
		if err != nil {
			t.Fatal(err)
		}
		var c camera.Checked
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}
