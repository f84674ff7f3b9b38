package main

import (
	"errors"

	"dermbox/appliance"
)

// The exit codes, the same for all of dermbox's programs. "dermhub help exit-codes" prints the table.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitInvalid     = 3
	exitNotFound    = 4
	exitUnavailable = 5
	exitNeedsIT     = 6
	exitFull        = 7
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
	switch appliance.CodeOf(err) {
	case appliance.Invalid:
		return exitInvalid
	case appliance.NotFound:
		return exitNotFound
	case appliance.Unavailable, appliance.Conflict:
		return exitUnavailable
	case appliance.Unverified, appliance.Forbidden, appliance.Unauthorised:
		return exitNeedsIT
	case appliance.Full:
		return exitFull
	}
	return exitInternal
}
