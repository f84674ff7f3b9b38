//go:build v4l2guest

package v4l2guest

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
)

// boottime is the machine's own clock, as the daemon has it.
type boottime struct{}

func (boottime) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Mono: camera.Boottime(), Boot: camera.BootID(), Quality: appliance.ClockUnverified}
}

// watched is a camera client that runs until the test ends, and every state that it went through.
type watched struct {
	*camera.Client
	log *states
}

// states is a log handler that keeps the states' keys as the client logs them: a state that lasts a moment is not missed.
type states struct {
	slog.Handler
	mu   sync.Mutex
	keys []string
}

func (s *states) Enabled(context.Context, slog.Level) bool { return true }

func (s *states) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "camera state" {
		return nil
	}
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "to" {
			s.mu.Lock()
			s.keys = append(s.keys, a.Value.String())
			s.mu.Unlock()
		}
		return true
	})
	return nil
}

func (s *states) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.keys...)
}

// stall is longer than a daemon's second, which an emulated machine under load exceeds by itself now and then.
const stall = 4 * time.Second

// workerPath names the real program.
func workerPath() string { return filepath.Join(os.Getenv(envShare), "dermbox-imaging") }

// openCamera runs the real worker.
func openCamera(t *testing.T, source camera.Source) *watched {
	t.Helper()
	return openCameraIn(t, source, "")
}

// openCameraIn looks for USB cameras in a tree like sysfs.
func openCameraIn(t *testing.T, source camera.Source, sys string) *watched {
	t.Helper()
	log := &states{Handler: slog.DiscardHandler}
	c, err := camera.NewClient(camera.ClientOptions{
		WorkerPath: workerPath(), WorkerEnv: []string{"OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT=20"}, // OpenCV's own, behind Stall
		Source: source,
		Log:    slog.New(log), Clock: boottime{}, Open: patience, Wait: patience, Stall: stall, Switch: patience, SysRoot: sys,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.Serve(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Serve ended with %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return &watched{c, log}
}

func (w *watched) await(t *testing.T, key string) {
	t.Helper()
	eventually(t, "the camera's state is "+key, func() bool { return w.State().Key == key })
}

// capture takes a still as a press does.
func (w *watched) capture(t *testing.T) camera.Frame {
	t.Helper()
	f, err := w.NextAfter(t.Context(), boottime{}.Now())
	if err != nil {
		t.Fatalf("still: %v", err)
	}
	return f
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("error is %v, not %s", err, key)
	}
}
