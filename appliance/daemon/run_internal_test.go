package daemon

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/inference"
)

// Both waits of a visit are those of the settings.
func TestVisitsWaitAsConfigured(t *testing.T) {
	x := &box{clock: clock.System(time.Time{}, time.Time{}), log: slog.New(slog.DiscardHandler), health: health.New(clock.NewFake(time.Now())),
		config: config.Config{Camera: config.Camera{URL: "http://127.0.0.1:1/stream.mjpg"}, Capture: config.Capture{Timeout: 7 * time.Second},
			Model: config.Model{Wait: 11 * time.Second}}}
	p, err := x.assemble()
	if err != nil {
		t.Fatal(err)
	}
	if o := x.visits(p, &cases{}); o.FrameWait != 7*time.Second || o.Patience != 11*time.Second {
		t.Errorf("frame %v, model %v", o.FrameWait, o.Patience)
	}
	x.config.Model.Wait = 0
	if o := x.visits(p, &cases{}); o.Patience <= 0 || o.Patience > time.Second {
		t.Errorf("no wait is %v, which intake takes for its own default", o.Patience)
	}
}

// A live box loads no library that the environment names, and none unchecked.
func TestLibrary(t *testing.T) {
	t.Setenv("DERMBOX_TFLITE", "/elsewhere/lib.so")
	own := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		mode    config.Mode
		workers config.Workers
		path    string // how it ends
		pins    []string
	}{
		"live":               {config.Live, config.Workers{}, "/lib/libtensorflowlite_c.so", inference.LibraryPins()},
		"live, own build":    {config.Live, config.Workers{TFLite: "/opt/lib.so", TFLiteSHA256: own}, "/opt/lib.so", []string{own}},
		"live, own path":     {config.Live, config.Workers{TFLite: "/opt/lib.so"}, "/opt/lib.so", inference.LibraryPins()},
		"demonstration":      {config.Demonstration, config.Workers{}, "/elsewhere/lib.so", inference.LibraryPins()},
		"demonstration, set": {config.Demonstration, config.Workers{TFLite: "/opt/lib.so"}, "/opt/lib.so", inference.LibraryPins()},
	} {
		t.Run(name, func(t *testing.T) {
			path, pins := library(config.Config{Mode: c.mode, Workers: c.workers})
			if !strings.HasSuffix(path, c.path) || !slices.Equal(pins, c.pins) {
				t.Errorf("%s, pins %v", path, pins)
			}
		})
	}
}
