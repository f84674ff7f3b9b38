//go:build v4l2guest

package v4l2guest

import (
	"log/slog"
	"testing"

	"dermbox/appliance/worker"
	"dermbox/camera"
)

const (
	virtual       = "vivid"
	virtualParams = "n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0"
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
	_, err = p.Call(t.Context(), camera.CallOpen, camera.OpenRequest{Source: camera.Source{Device: device, Settings: settings}}, nil, &o)
	return o, err
}

// TestRefusedFormatIsSeen asks the virtual camera for MJPG, which it has not: the driver says yes and gives another.
func TestRefusedFormatIsSeen(t *testing.T) {
	path := load(t, virtual, virtualParams)[0]
	_, err := open(t, path, camera.Settings{FourCC: "MJPG", Width: 1280, Height: 720})
	wantKey(t, err, "camera.error.not_mjpeg")
}
