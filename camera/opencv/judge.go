//go:build opencv

package opencv

import (
	"context"
	"encoding/json"
	"fmt"

	"gocv.io/x/gocv"

	"dermbox/appliance/worker"
	"dermbox/camera/quality"
)

// judge is the judge worker's handler.
type judge struct{}

// NewJudge gives the judge worker's handler, which decodes and measures stills. It keeps OpenCV to one thread in this
// process, since the other core is the camera's.
func NewJudge() worker.Handler {
	gocv.SetNumThreads(1)
	return judge{}
}

// Handle implements worker.Handler: quality.CallMeasure, quality.CallLive, quality.CallLesion and quality.CallCard. Calls may come at once.
func (judge) Handle(_ context.Context, typ string, asked json.RawMessage, jpeg []byte) (any, []byte, error) {
	var look quality.Look
	if typ == quality.CallMeasure || typ == quality.CallLive {
		if err := json.Unmarshal(asked, &look); err != nil {
			return nil, nil, fmt.Errorf("request %q: %w", typ, err)
		}
	}
	switch typ {
	case quality.CallMeasure:
		m, err := Measure(jpeg, look.Part)
		return m, nil, err
	case quality.CallLive:
		m, err := Live(jpeg, look.Part)
		return m, nil, err
	case quality.CallLesion:
		return Lesion(jpeg)
	case quality.CallCard:
		r, err := Card(jpeg)
		return r, nil, err
	}
	return nil, nil, fmt.Errorf("unknown request %q", typ)
}
