package main

import (
	"errors"

	"dermbox/cmd/internal/exit"
)

// The exit codes, the same for all of dermbox's programs. "dermhub help exit-codes" prints the table.
const (
	exitOK          = exit.OK
	exitInternal    = exit.Internal
	exitUsage       = exit.Usage
	exitInvalid     = exit.Invalid
	exitNotFound    = exit.NotFound
	exitUnavailable = exit.Unavailable
	exitNeedsIT     = exit.NeedsIT
	exitFull        = exit.Full
	exitConflict    = exit.Conflict
)

// usageError is a command line that does not fit the command.
type usageError struct{ error }

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exit.Code(err)
}
