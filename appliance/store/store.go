package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/vault"
)

// Options say which database to open and what to work with.
type Options struct {
	Path     string          // of the database file; its folder is made where it is missing
	Vault    *vault.Vault    // required by Open
	Clock    appliance.Clock // required by Open, and by a list of today's cases
	Log      *slog.Logger    // nil: no log
	Software string          // version of the program, recorded when it makes or migrates a database
	Mode     string          // "live" or "demonstration": what the database is and stays; "" is not checked
	MaxBatch int             // cases in a batch that is not urgent, 0: DefaultMaxBatch
}

// DefaultMaxBatch is how many cases travel in one batch.
const DefaultMaxBatch = 10

// Store is an open case store. It is safe for concurrent use: writes happen one after another, reads beside them.
type Store struct {
	vault    *vault.Vault // nil when opened without: sealed columns stay closed
	clock    appliance.Clock
	log      *slog.Logger
	maxBatch int

	write *sql.DB // one connection; nil when opened read-only
	read  *sql.DB
	lock  *os.File // held while open for writing: one process at a time

	epoch string

	mu      sync.Mutex
	savedMS map[appliance.CaseID]map[appliance.CaptureID]float64 // to go with the case's next commit
}

// ErrNotFound is the cause of every NotFound error of this package.
var ErrNotFound = errors.New("no such row")

// Open opens the database for writing, makes it where there never was one, and brings its schema up to date. Errors are
// *appliance.Error: NotFound "storage.database_gone" where a database was and is no more, or sealed images lie in the folder
// "images" beside it; Conflict "storage.newer" for a database that a newer program made and "storage.in_use" for one that
// another process has; Unverified "storage.damaged" for a file that is no database of ours and "storage.other_vault" for one
// sealed by another vault; Conflict "storage.other_mode" for one of another mode. A file that cannot be opened, or that is missing, is never replaced by an empty one.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Vault == nil || o.Clock == nil {
		return nil, appliance.E(appliance.Internal, "error.internal", errors.New("store: no vault or clock"))
	}
	s := o.store()
	if err := s.openWrite(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenReadOnly opens the database for reading only, beside a running daemon or without one, and changes nothing. Without a
// vault the sealed columns stay closed: lists have no initials, and Case gives Unavailable "storage.vault.needed".
func OpenReadOnly(ctx context.Context, o Options) (*Store, error) {
	s := o.store()
	if err := s.openRead(ctx, o.Path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (o Options) store() *Store {
	s := &Store{
		vault: o.Vault, clock: o.Clock, log: o.Log, maxBatch: o.MaxBatch,
		savedMS: map[appliance.CaseID]map[appliance.CaptureID]float64{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.maxBatch <= 0 {
		s.maxBatch = DefaultMaxBatch
	}
	return s
}

// Close closes the database. What was committed stays; there is nothing to flush.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Epoch is the random id that this database was made with; batches are numbered within it. A copy that is restored gets
// another one.
func (s *Store) Epoch() string { return s.epoch }

// tx runs f in one write transaction with the write lock held from the start, then appends the audit events and commits.
// When it returns nil everything is durable; when it returns an error nothing is promised and, but for a failed sync,
// nothing was written.
func (s *Store) tx(ctx context.Context, f func(tx *sql.Tx) error, events ...audit.Event) error {
	if s.write == nil {
		return appliance.E(appliance.Unavailable, "storage.read_only", nil)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return mapped(fmt.Errorf("begin: %w", err))
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := f(tx); err != nil {
		return mapped(err)
	}
	if err := audit.Append(ctx, tx, s.stamped(events)...); err != nil {
		return mapped(err)
	}
	if err := tx.Commit(); err != nil {
		return mapped(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// stamped gives events without a time the present one.
func (s *Store) stamped(events []audit.Event) []audit.Event {
	out := make([]audit.Event, len(events))
	for i, e := range events {
		if e.At == (appliance.Stamp{}) {
			e.At = s.clock.Now()
		}
		out[i] = e
	}
	return out
}
