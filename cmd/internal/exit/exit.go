// Package exit holds the one table of exit codes that all of dermbox's programs share.
package exit

import "dermbox/appliance"

// The codes. "dermboxctl help exit-codes" explains them.
const (
	OK          = 0
	Internal    = 1
	Usage       = 2
	Invalid     = 3
	NotFound    = 4
	Unavailable = 5
	NeedsIT     = 6 // a key, signature or permission does not check
	Full        = 7
	Conflict    = 8 // it is there already, in use, or has moved on: trying again alone does not help
)

// Code gives the exit code of an error that a command ended with; wrong use of the command line is the program's to tell.
func Code(err error) int {
	if err == nil {
		return OK
	}
	switch appliance.CodeOf(err) {
	case appliance.Invalid:
		return Invalid
	case appliance.NotFound:
		return NotFound
	case appliance.Unavailable:
		return Unavailable
	case appliance.Conflict:
		return Conflict
	case appliance.Unverified, appliance.Forbidden, appliance.Unauthorised:
		return NeedsIT
	case appliance.Full:
		return Full
	}
	return Internal
}
