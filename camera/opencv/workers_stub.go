//go:build !opencv

package opencv

import (
	"context"
	"encoding/json"

	"dermbox/appliance/worker"
)

// NewCamera gives a handler that answers every request with notBuilt.
func NewCamera(*worker.Emitter) worker.Handler { return refuse() }

// NewJudge gives a handler that answers every request with notBuilt.
func NewJudge() worker.Handler { return refuse() }

func refuse() worker.Handler {
	return worker.HandlerFunc(func(context.Context, string, json.RawMessage, []byte) (any, []byte, error) {
		return nil, nil, notBuilt()
	})
}
