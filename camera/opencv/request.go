package opencv

import (
	"context"
	"encoding/json"
	"fmt"

	"dermbox/camera"
)

// handle serves a request to an open camera.
func (s *stream) handle(ctx context.Context, typ string, data json.RawMessage) (any, []byte, error) {
	switch {
	case typ == camera.CallCheck:
		var found camera.Checked
		err := s.do(ctx, func() { found = s.look() })
		return found, nil, err
	case typ == camera.CallStill && s.source.Still != nil:
		return s.handleStill(ctx, data)
	}
	return nil, nil, fmt.Errorf("unknown request %q", typ)
}

func (s *stream) handleStill(ctx context.Context, data json.RawMessage) (any, []byte, error) {
	var q camera.StillRequest
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, nil, fmt.Errorf("still request: %w", err)
	}
	var taken camera.StillTaken
	var jpeg []byte
	var failed error
	if err := s.do(ctx, func() { taken, jpeg, failed = s.still(q) }); err != nil {
		return nil, nil, err
	}
	return taken, jpeg, failed
}
