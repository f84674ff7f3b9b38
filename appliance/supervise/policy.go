package supervise

import (
	"context"
	"errors"
)

// Service runs until ctx ends. Serve is called again after it returned or panicked, so it must be able to start afresh; it
// returns only when everything it started has ended.
type Service interface {
	Serve(ctx context.Context) error
}

// Func makes a Service of a function.
type Func func(ctx context.Context) error

// Serve calls the function.
func (f Func) Serve(ctx context.Context) error { return f(ctx) }

// Policy says what the end of a service means when its context has not ended.
type Policy int

// The policies. ErrDone and Fatal override them for one return.
const (
	Restart  Policy = iota // start it again, whether it returned an error or nil
	Once                   // nil: its work is done; an error: start it again
	Critical               // an error or a panic ends the program; nil: its work is done
)

// ErrDone is what Serve returns to say that the work is done: do not restart.
var ErrDone = errors.New("supervise: work done")

// Fatal wraps an error so that it ends the program whatever the service's policy is. Nil stays nil.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &fatalError{err}
}

type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }
