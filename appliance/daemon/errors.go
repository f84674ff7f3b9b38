package daemon

import (
	"errors"

	"dermbox/appliance"
)

func asError(err error) (*appliance.Error, bool) { return errors.AsType[*appliance.Error](err) }

// key gives the catalogue key of an error, that of a fault of ours where it has none.
func key(err error) string {
	if e, ok := asError(err); ok && e.Key != "" {
		return e.Key
	}
	return "error.internal"
}
