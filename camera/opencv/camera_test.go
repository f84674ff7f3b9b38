//go:build opencv

package opencv_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/scope"
)

// recorder keeps every frame that the scope sends, by number.
type recorder struct {
	mu     sync.Mutex
	frames map[uint64][]byte
}

func record(t *testing.T, s *scope.Scope) *recorder {
	r := &recorder{frames: map[uint64][]byte{}}
	sub := s.Hub().Subscribe()
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			f, err := sub.Next(t.Context())
			if err != nil {
				return
			}
			r.mu.Lock()
			r.frames[f.Seq] = f.JPEG
			r.mu.Unlock()
		}
	})
	t.Cleanup(func() { sub.Close(); wg.Wait() })
	return r
}

func (r *recorder) sent(seq uint64) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.frames[seq]
}

func TestFramesAreTheScopesOwnBytes(t *testing.T) {
	s, url := startScope(t, scope.Options{})
	sent := record(t, s)
	c := startCamera(t, url)
	await(t, c, camera.StateReady)
	sub := c.Hub().Subscribe()
	defer sub.Close()
	equal, last := 0, uint64(0)
	var first camera.Frame
	for i := 0; equal < 45 && i < 300; i++ {
		f, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Seq <= last || f.Width != 1920 || f.Height != 1080 || f.ExposureClock != camera.ClockStream {
			t.Fatalf("frame %d after %d, %d x %d, clock %s", f.Seq, last, f.Width, f.Height, f.ExposureClock)
		}
		if last = f.Seq; first.Seq == 0 {
			first = f
		}
		if span := float64(f.Exposed.Mono-first.Exposed.Mono) / 1e9; span > 1 && float64(f.Seq-first.Seq)/span > 33 {
			t.Fatalf("%d frames were exposed in %.2f s", f.Seq-first.Seq, span)
		}
		if original := sent.sent(f.Seq); original != nil {
			if !bytes.Equal(original, f.JPEG) {
				t.Fatalf("frame %d differs from what was sent", f.Seq)
			}
			equal++
		}
	}
	if equal < 45 {
		t.Fatalf("only %d frames could be compared", equal)
	}
	o, ok := c.Opened()
	if !ok || o.Backend != "FFMPEG" || o.ReadBack.FourCC == "" || o.ReadBack.Width != 1920 || o.ReadBack.Height != 1080 {
		t.Fatalf("%+v", o)
	}
	if o.MeasuredFPS <= 0 || o.Camera != s.Identity() || o.Asked.FPS != 30 {
		t.Fatalf("%+v", o)
	}
	t.Logf("measured %.2f frames a second, read back %+v", o.MeasuredFPS, o.ReadBack)
}

func TestCaptureIsNewerThanThePress(t *testing.T) {
	s, url := startScope(t, scope.Options{})
	c := startCamera(t, url)
	await(t, c, camera.StateReady)
	for seed := range int64(2) {
		if err := s.Show(scope.Subject{Kind: scope.Melanoma, Tone: 4, Seed: seed}); err != nil {
			t.Fatal(err)
		}
		changed := s.State().Seq
		pressed := boottime{}.Now()
		f, err := c.NextAfter(t.Context(), pressed)
		if err != nil {
			t.Fatal(err)
		}
		if f.Seq <= changed || f.Exposed.Mono <= pressed.Mono {
			t.Fatalf("frame %d, the scene changed after %d", f.Seq, changed)
		}
	}
}

func TestR15R16R18FaultsOfTheSimulatedScope(t *testing.T) {
	s, url := startScope(t, scope.Options{})
	c := startCamera(t, url)
	await(t, c, camera.StateReady)
	for _, tt := range []struct {
		fault scope.Fault
		state string
		key   string // of the refusal; "" where only the state is sure
	}{
		{scope.FaultFreeze, camera.StateFrozen, "camera.error.frozen"},
		{scope.FaultCorrupt, camera.StateDamaged, "camera.error.damaged"},
		{scope.FaultSize, camera.StateWrongSize, "camera.error.wrong_size"},
		{scope.FaultStall, camera.StateStalled, ""},
		{scope.FaultDrop, camera.StateUnreachable, ""},
	} {
		t.Run(string(tt.fault), func(t *testing.T) {
			if err := s.Fail(tt.fault); err != nil {
				t.Fatal(err)
			}
			await(t, c, tt.state)
			if tt.key != "" {
				_, err := c.NextAfter(t.Context(), boottime{}.Now())
				if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != tt.key {
					t.Fatalf("error is %v", err)
				}
			}
			if err := s.Fail(scope.FaultNone); err != nil {
				t.Fatal(err)
			}
			await(t, c, camera.StateReady)
			if _, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil {
				t.Fatalf("after the fault: %v", err)
			}
		})
	}
}

func TestNoCamera(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // nobody listens there now
	for name, tt := range map[string]struct {
		source camera.Source
		shown  string
	}{
		"http": {camera.Source{URL: "http://someone:secret@" + address + "/stream.mjpg?token=secret"}, "http://" + address + "/stream.mjpg"},
		"v4l2": {camera.Source{Device: "/dev/nonexistent"}, "/dev/nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			var log lines
			c := openCamera(t, tt.source, slog.New(slog.NewTextHandler(&log, nil)))
			await(t, c, camera.StateUnreachable)
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "camera.error.unreachable" {
				t.Fatalf("%v", err)
			}
			if got := c.State().Params["source"]; got != tt.shown {
				t.Fatalf("state names the source %q", got)
			}
			if said := log.String(); strings.Contains(said, "secret") || strings.Contains(err.Error(), "secret") {
				t.Fatalf("the source's secrets are told: %s", said)
			}
		})
	}
}

// lines is a log that may be written and read at once.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
