package store

import (
	"context"
	"database/sql"
	"errors"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"dermbox/appliance"
)

// mapped gives a database error its code. What already has one passes through.
func mapped(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*appliance.Error](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return appliance.E(appliance.Internal, "storage.failed", err)
	}
	switch {
	case e.Code == sqlite3.ErrFull, e.SystemErrno == syscall.ENOSPC, e.SystemErrno == syscall.EDQUOT:
		return appliance.E(appliance.Full, "storage.full", err)
	case e.Code == sqlite3.ErrReadonly, e.SystemErrno == syscall.EROFS:
		return appliance.E(appliance.Unavailable, "storage.read_only", err)
	case e.Code == sqlite3.ErrBusy, e.Code == sqlite3.ErrLocked:
		return appliance.E(appliance.Unavailable, "storage.busy", err)
	case e.Code == sqlite3.ErrCorrupt, e.Code == sqlite3.ErrNotADB:
		return appliance.E(appliance.Unverified, "storage.damaged", err)
	}
	return appliance.E(appliance.Internal, "storage.failed", err)
}

// refusedForCertain says whether a write transaction that ended with err left nothing that a crash could bring back: then no row
// can come to name what was to go with it. A full disk is certain only where SQLite itself found no room for a frame; told by a
// failed sync, the commit's frame may lie in the log already.
func refusedForCertain(err error) bool {
	switch appliance.CodeOf(err) {
	case appliance.Invalid, appliance.Conflict, appliance.NotFound:
		return true
	}
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && e.Code == sqlite3.ErrFull
}

// isUnique says whether err is a broken uniqueness or primary-key rule.
func isUnique(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.ExtendedCode == sqlite3.ErrConstraintUnique || e.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

// orNotFound turns "no rows" into NotFound with the sentence of key.
func orNotFound(err error, key string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return appliance.E(appliance.NotFound, key, ErrNotFound)
	}
	return mapped(err)
}
