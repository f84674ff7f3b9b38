//go:build opencv

package opencv

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync/atomic"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera"
)

// Camera is the camera worker's handler: it opens one source for its life and sends every frame as an event. Reads cannot
// be cancelled, so they have a goroutine of their own that ends with the process; the parent kills a worker that is silent.
type Camera struct {
	emit  *worker.Emitter
	begun atomic.Bool
}

// NewCamera gives the handler.
func NewCamera(e *worker.Emitter) worker.Handler { return &Camera{emit: e} }

// Handle implements worker.Handler: camera.CallOpen, once.
func (c *Camera) Handle(ctx context.Context, typ string, data json.RawMessage, _ []byte) (any, []byte, error) {
	if typ != camera.CallOpen {
		return nil, nil, fmt.Errorf("unknown request %q", typ)
	}
	var req camera.OpenRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return nil, nil, fmt.Errorf("open request: %w", err)
	}
	if err := req.Source.Check(); err != nil {
		return nil, nil, err
	}
	if !c.begun.CompareAndSwap(false, true) {
		return nil, nil, appliance.E(appliance.Conflict, "camera.error.closed", nil)
	}
	opened, err := c.open(ctx, req.Source)
	return opened, nil, err
}

// open opens the source, takes its first frame to know that it gives JPEG, and leaves the rest to stream.
func (c *Camera) open(ctx context.Context, s camera.Source) (camera.Opened, error) {
	o := camera.Opened{URL: s.Name(), Asked: s.Settings, Camera: s.Camera}
	if s.URL != "" && s.Camera == (appliance.Camera{}) {
		id, err := camera.FetchIdentity(ctx, s.URL)
		if err != nil { // a camera that does not say what it is still takes pictures; no model judges them (rule X17)
			fmt.Fprintln(os.Stderr, err)
		}
		o.Camera = id
	}
	src, err := open(s)
	if err != nil {
		return o, err
	}
	o.Backend, o.ReadBack = src.backend(), src.readBack()
	jpeg, h, err := src.read()
	if err != nil {
		src.close()
		return o, appliance.E(appliance.Unavailable, "camera.error.unreachable", err)
	}
	go c.stream(src, jpeg, h)
	return o, nil
}

// stream sends the first frame and all that follow until the source ends or the parent is gone.
func (c *Camera) stream(src *source, jpeg []byte, h camera.FrameHeader) {
	defer src.close()
	boot := camera.BootID()
	for n := uint64(1); ; n++ {
		h.Count, h.Boot = n, boot
		if c.emit.Emit(camera.EventFrame, h, jpeg) != nil {
			return
		}
		var err error
		if jpeg, h, err = src.read(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			_ = c.emit.Emit(camera.EventEnded, camera.Ended{Key: camera.StateUnreachable}, nil) // a parent that is gone needs no word
			return
		}
	}
}
