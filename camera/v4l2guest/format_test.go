//go:build v4l2guest

package v4l2guest

import (
	"log/slog"
	"testing"

	"dermbox/appliance/worker"
	"dermbox/camera"
)

// open asks a worker of its own to open a device, and gives its answer.
func open(t *testing.T, device string, settings camera.Settings) (o camera.Opened, err error) {
	t.Helper()
	p, err := worker.Start(t.Context(), worker.Spec{
		Name: "camera", Path: workerPath(), Args: []string{"camera"}, MaxBody: camera.MaxJPEG, Queue: 8,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, err = p.Call(t.Context(), camera.CallOpen, camera.OpenRequest{Source: camera.Source{Device: device, Settings: settings, Quality: 95}}, nil, &o)
	return o, err
}

// TestRefusedFormatIsAState asks the virtual camera for MJPG, which it has not: the driver says yes and gives another.
func TestRefusedFormatIsAState(t *testing.T) {
	v := plugVivid(t)
	s := v.source()
	s.Settings.FourCC = camera.MJPG
	c := v.watch(s)
	c.await(t, camera.StateWrongFormat)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.wrong_format")
}

// TestNegotiationIsReadBack asks for what the virtual camera has, and for a rate and a size that it has not and replaces
// without a word.
func TestNegotiationIsReadBack(t *testing.T) {
	v := plugVivid(t)
	for _, tt := range []struct {
		asked camera.Settings
		given bool
	}{
		{camera.Settings{FourCC: "YUYV", Width: 1280, Height: 720, FPS: 10}, true},
		{camera.Settings{FourCC: "YUYV", Width: 640, Height: 480, FPS: 300}, false},
		{camera.Settings{FourCC: "YUYV", Width: 1000, Height: 600, FPS: 5}, false},
	} {
		o, err := open(t, v.node, tt.asked)
		if err != nil {
			t.Fatalf("%+v: %v", tt.asked, err)
		}
		said := v.open().mode()
		if o.Backend != "V4L2" || o.Asked != tt.asked || o.ReadBack != said || (said == tt.asked) != tt.given {
			t.Errorf("asked %+v, the driver says %+v, opened as %+v", tt.asked, said, o)
		}
	}
}

// TestOtherSizeIsAState asks for a size that the driver replaces without a word.
func TestOtherSizeIsAState(t *testing.T) {
	v := plugVivid(t)
	s := v.source()
	s.Settings.Width, s.Settings.Height = 600, 400
	c := v.watch(s)
	c.await(t, camera.StateWrongSize)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.wrong_size")
}
