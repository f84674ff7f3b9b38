package main

import (
	"errors"

	"dermbox/cmd/internal/exit"
)

// The exit codes, the same for all of dermbox's programs. "dermboxctl help exit-codes" prints the table.
const (
	exitOK          = exit.OK
	exitInternal    = exit.Internal
	exitUsage       = exit.Usage
	exitInvalid     = exit.Invalid
	exitNotFound    = exit.NotFound
	exitUnavailable = exit.Unavailable
	exitNeedsIT     = exit.NeedsIT
	exitFull        = exit.Full
)

// usageError is a command line that does not fit the command.
type usageError struct{ error }

// silent ends the program with a code when the answer itself has said why.
type silent struct{ code int }

func (silent) Error() string { return "already said" }

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if s, ok := errors.AsType[silent](err); ok {
		return s.code
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exit.Code(err)
}
