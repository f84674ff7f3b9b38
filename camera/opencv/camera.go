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
	emit   *worker.Emitter
	begun  atomic.Bool
	stream atomic.Pointer[stream] // once it is open
}

// NewCamera gives the handler.
func NewCamera(e *worker.Emitter) worker.Handler { return &Camera{emit: e} }

// Handle implements worker.Handler: camera.CallOpen, once; then camera.CallCheck and, where the source has a still mode,
// camera.CallStill.
func (c *Camera) Handle(ctx context.Context, typ string, data json.RawMessage, _ []byte) (any, []byte, error) {
	if typ == camera.CallOpen {
		opened, err := c.handleOpen(ctx, data)
		return opened, nil, err
	}
	s := c.stream.Load()
	if s == nil {
		return nil, nil, fmt.Errorf("request %q before a camera was opened", typ)
	}
	return s.handle(ctx, typ, data)
}

func (c *Camera) handleOpen(ctx context.Context, data json.RawMessage) (camera.Opened, error) {
	var req camera.OpenRequest
	if err := json.Unmarshal(data, &req); err != nil {
		return camera.Opened{}, fmt.Errorf("open request: %w", err)
	}
	if err := req.Source.Check(); err != nil {
		return camera.Opened{}, err
	}
	if !c.begun.CompareAndSwap(false, true) {
		return camera.Opened{}, appliance.E(appliance.Conflict, "camera.error.closed", nil)
	}
	return c.open(ctx, req.Source)
}

// open opens the source and leaves its frames to a stream.
func (c *Camera) open(ctx context.Context, s camera.Source) (camera.Opened, error) {
	o := camera.Opened{URL: s.Name(), Asked: s.Settings, Camera: s.Camera, Profile: s.Profile}
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
	o.Backend = src.backend()
	st := newStream(src, s, c.emit.Emit)
	jpeg, h, err := st.begin(&o)
	if err != nil {
		src.close()
		return o, err
	}
	c.stream.Store(st)
	go st.run(jpeg, h)
	return o, nil
}
