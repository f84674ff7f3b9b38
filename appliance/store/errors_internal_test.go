package store

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/mattn/go-sqlite3"

	"dermbox/appliance"
)

// TestWhatWasRefusedForCertain: an image may be removed only when no row can name it. It is an internal test since SQLite cannot be
// made to fail at the sync of a commit from outside.
func TestWhatWasRefusedForCertain(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code appliance.Code
		want bool
	}{
		"no room for the frames":          {sqlite3.Error{Code: sqlite3.ErrFull}, appliance.Full, true},
		"no room, said at the sync":       {sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.ENOSPC}, appliance.Full, false},
		"over quota, said at the sync":    {sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EDQUOT}, appliance.Full, false},
		"the sync failed":                 {sqlite3.Error{Code: sqlite3.ErrIoErr, SystemErrno: syscall.EIO}, appliance.Internal, false},
		"broken off":                      {context.Canceled, appliance.Internal, false},
		"seen before":                     {appliance.E(appliance.Conflict, "storage.capture.seen", nil), appliance.Conflict, true},
		"full, nobody knows where":        {appliance.E(appliance.Full, "storage.full", errors.New("x")), appliance.Full, false},
		"the case is gone":                {appliance.E(appliance.NotFound, "storage.case.not_found", nil), appliance.NotFound, true},
		"what came was not a still":       {appliance.E(appliance.Invalid, "storage.capture.incomplete", nil), appliance.Invalid, true},
		"it worked, and nothing was left": {nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.err
			if err != nil {
				err = mapped(fmt.Errorf("commit: %w", err))
			}
			if got := refusedForCertain(err); got != c.want || appliance.CodeOf(err) != c.code {
				t.Errorf("%v: certain %v, code %s", err, got, appliance.CodeOf(err))
			}
		})
	}
}
