package worker

import (
	"context"
	"errors"

	"dermbox/appliance"
)

// maxCause caps the text of a cause that crosses the pipe, in bytes.
const maxCause = 1024

// Keys of the sentences in appliance/text that this package's errors carry.
const (
	KeyStart    = "error.worker.start"     // the executable could not be started
	KeyDied     = "error.worker.died"      // the process ended while it was needed
	KeyProtocol = "error.worker.protocol"  // it sent something that is no frame, and was killed
	KeyStalled  = "error.worker.stalled"   // it sent nothing for Spec.Stall, and was killed
	KeyDeadline = "error.worker.deadline"  // no answer before the caller's deadline
	KeyTooLarge = "error.worker.too_large" // a message over the limit, refused before it was sent
	KeyNotReady = "error.worker.not_ready" // no process was ready before the caller's deadline
	KeyClosed   = "error.worker.closed"    // closed by us
	KeyFailed   = "error.worker.failed"    // the handler failed with an error that has no sentence of its own
)

// wireError is an appliance.Error as it crosses the pipe.
type wireError struct {
	Code      appliance.Code    `json:"code"`
	Field     string            `json:"field,omitempty"`
	Key       string            `json:"key,omitempty"`
	Params    map[string]string `json:"params,omitempty"`
	Transient bool              `json:"transient,omitempty"`
	Cause     string            `json:"cause,omitempty"` // for the log
}

func toWire(err error) *wireError {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		w := &wireError{Code: e.Code, Field: e.Field, Key: e.Key, Params: e.Params, Transient: e.Transient}
		if e.Err != nil {
			w.Cause = clip(e.Err.Error())
		}
		return w
	}
	return &wireError{Code: appliance.Internal, Key: KeyFailed, Cause: clip(err.Error())}
}

func (w *wireError) error() error {
	e := &appliance.Error{Code: w.Code, Field: w.Field, Key: w.Key, Params: w.Params, Transient: w.Transient}
	if w.Cause != "" {
		e.Err = errors.New(w.Cause)
	}
	return e
}

func clip(s string) string {
	if len(s) > maxCause {
		return s[:maxCause]
	}
	return s
}

func unavailable(key, name string, cause error) error {
	return appliance.E(appliance.Unavailable, key, cause, "worker", name)
}

// sendError gives a failure to send its sentence; one that has its own already is passed on.
func sendError(ctx context.Context, name string, err error) error {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return e
	}
	if errors.Is(err, errTooLarge) {
		return appliance.E(appliance.Invalid, KeyTooLarge, err, "worker", name)
	}
	return unavailable(KeyDeadline, name, ctx.Err())
}

// notReady is why Get gave up: the caller's end of patience, and why the last process ended, if one did. It stands for one
// failure, so that it is not a list as errors.Join would make it.
type notReady struct{ ctx, last error }

func (e *notReady) Error() string {
	if e.last == nil {
		return e.ctx.Error()
	}
	return e.ctx.Error() + ", after " + e.last.Error()
}

// Unwrap gives why the last process ended.
func (e *notReady) Unwrap() error { return e.last }

// Is finds the caller's reason as well.
func (e *notReady) Is(target error) bool { return errors.Is(e.ctx, target) }
