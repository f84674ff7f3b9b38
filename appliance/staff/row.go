package staff

import (
	"context"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// Row is a member of staff as the store keeps them.
type Row struct {
	ID       string
	Body     []byte // sealed: name, role, PIN verifier
	Failures int    // wrong PINs since the last right one
	Lock     Lock
}

// Lock is a lock-out: from a moment of monotonic time, for a while. The zero Lock is none.
type Lock struct {
	Mono int64 // nanoseconds since boot
	Boot string
	For  time.Duration
}

// Rows keeps the rows durably. Writes and their audit events are one commit. Errors are *appliance.Error: NotFound for an
// unknown id, Conflict for one that is taken.
type Rows interface {
	StaffRow(ctx context.Context, id string) (Row, error)
	StaffRows(ctx context.Context) ([]Row, error) // by id
	AddStaff(ctx context.Context, r Row, events ...audit.Event) error
	SaveStaff(ctx context.Context, r Row, events ...audit.Event) error
	Audit(ctx context.Context, events ...audit.Event) error
}

const (
	freeTries = 5           // wrong PINs before the first lock-out
	firstLock = time.Minute // each further wrong PIN doubles it
	maxLock   = time.Hour
)

// lockAfter gives the lock-out that follows the given count of wrong PINs in a row.
func lockAfter(failures int, now appliance.Stamp) Lock {
	if failures < freeTries {
		return Lock{}
	}
	wait := maxLock
	if n := failures - freeTries; n < 6 { // one minute doubled six times is over an hour
		wait = firstLock << n
	}
	return Lock{Mono: now.Mono, Boot: now.Boot, For: wait}
}

// remaining gives how long the lock-out still lasts. It counts monotonic time only, since anybody may be able to set a
// wall clock; after a restart it counts from the boot, which may lengthen a lock-out and never shortens it.
func (l Lock) remaining(now appliance.Stamp) time.Duration {
	elapsed := time.Duration(now.Mono)
	if now.Boot == l.Boot {
		elapsed -= time.Duration(l.Mono)
	}
	return max(0, l.For-elapsed)
}
