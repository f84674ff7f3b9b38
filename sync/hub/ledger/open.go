package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/durable"
	"dermbox/appliance/vault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options says where the ledger is and what it needs.
type Options struct {
	Path  string // of the database file; on a local disk
	Vault *vault.Vault
	Clock appliance.Clock
	Log   *slog.Logger
}

// Ledger is the open book. It is safe for concurrent use, also by several processes.
type Ledger struct {
	write *sql.DB // one connection: writers queue here rather than at SQLite's lock
	read  *sql.DB
	vault *vault.Vault
	clock appliance.Clock
	log   *slog.Logger
}

// use is what a ledger is opened for.
type use int

const (
	forLooking use = iota
	forWriting
	forServing
	forCreating
)

// Create makes a new, empty ledger, or opens the one that an attempt to create it left. Nothing else makes one: an empty
// ledger in place of one that is gone would forget every case whose receipt was given.
func Create(ctx context.Context, o Options) (*Ledger, error) { return open(ctx, o, forCreating) }

// Open opens an existing ledger for the hub that serves from it, and brings it to this version's schema; NotFound when there is none. A ledger of a newer
// version is refused with code Conflict and left as it is.
func Open(ctx context.Context, o Options) (*Ledger, error) { return open(ctx, o, forServing) }

// OpenBeside opens an existing ledger for writing, also while a hub is serving from it. NotFound when there is none,
// Unavailable when it is of an earlier schema: bringing it up to date is the serving hub's, which may be an earlier program.
func OpenBeside(ctx context.Context, o Options) (*Ledger, error) { return open(ctx, o, forWriting) }

// OpenReadOnly opens an existing ledger, also while a hub is serving from it; every write then fails. NotFound when there is
// none, Unavailable when it is of an earlier schema.
func OpenReadOnly(ctx context.Context, o Options) (*Ledger, error) { return open(ctx, o, forLooking) }

func open(ctx context.Context, o Options, u use) (*Ledger, error) {
	l := &Ledger{vault: o.Vault, clock: o.Clock, log: o.Log}
	mode, readOnly := "rw", u == forLooking // not ro: a reader of a WAL database whose writer was killed must be able to replay it
	if u == forCreating {
		mode = "rwc"
	} else if err := exists(o.Path); err != nil {
		return nil, err
	}
	var err error
	if l.read, err = sql.Open("sqlite3", dsn(o.Path, mode, "deferred", readOnly)); err != nil {
		return nil, mapped("open the ledger", err)
	}
	l.read.SetMaxOpenConns(4)
	if l.write, err = sql.Open("sqlite3", dsn(o.Path, mode, "immediate", readOnly)); err != nil {
		return nil, errors.Join(mapped("open the ledger", err), l.read.Close())
	}
	l.write.SetMaxOpenConns(1)
	if err := l.migrate(ctx, u); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// exists refuses a ledger that is gone before SQLite touches what may be left beside it. An empty file is none either: a
// disk that was full or a copy that was cut short leaves one, and SQLite would take it for a new database.
func exists(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
		return appliance.E(appliance.NotFound, "hubctl.ledger.missing", err, "path", path)
	case err != nil:
		return appliance.E(appliance.Unavailable, "hubctl.ledger.unreadable", err)
	}
	return nil
}

// dsn gives every pragma to every connection: SQLite keeps them per connection, not per file.
func dsn(path, mode, lock string, queryOnly bool) string {
	q := url.Values{"mode": {mode}, "_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_busy_timeout": {"10000"},
		"_foreign_keys": {"on"}, "_txlock": {lock}, "_secure_delete": {"on"}}
	if queryOnly {
		q.Set("_query_only", "true")
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

func (l *Ledger) migrate(ctx context.Context, u use) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, l.write, files)
	if err != nil {
		return mapped("prepare the ledger's schema", err)
	}
	have, want, err := l.versions(ctx, p)
	switch {
	case err != nil && u != forCreating:
		return err
	case have > want:
		return appliance.E(appliance.Conflict, "hubctl.ledger.newer", nil, "have", fmt.Sprint(have), "want", fmt.Sprint(want))
	case u != forServing && u != forCreating && have < want:
		return appliance.E(appliance.Unavailable, "hubctl.ledger.older", nil, "have", fmt.Sprint(have), "want", fmt.Sprint(want))
	case u != forServing && u != forCreating:
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return mapped("bring the ledger to this version's schema", err)
	}
	return nil
}

// versions gives the schema that the ledger has and the newest one that this program knows. A file without any schema is an
// error: it is not a ledger.
func (l *Ledger) versions(ctx context.Context, p *goose.Provider) (have, want int64, err error) {
	sources := p.ListSources()
	want = sources[len(sources)-1].Version
	if err := l.read.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version`).Scan(&have); err != nil {
		return 0, want, appliance.E(appliance.Unavailable, "hubctl.ledger.unreadable", fmt.Errorf("ask for the ledger's schema: %w", err))
	}
	return have, want, nil
}

// Close waits for running transactions and closes the book.
func (l *Ledger) Close() error { return errors.Join(l.write.Close(), l.read.Close()) }

// change runs f in one durable transaction; when f fails nothing of it stays. The context passes on to every statement, but
// a client that hangs up between f and the commit does not undo what was about to become durable.
func (l *Ledger) change(ctx context.Context, what string, f func(*sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return mapped(what, err)
	}
	if err := f(tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
		return mapped(what, err)
	}
	return mapped(what, tx.Commit())
}

// note appends to the hub's audit trail in the transaction of what it records.
func (l *Ledger) note(ctx context.Context, tx *sql.Tx, actor, action, object, outcome, reason string) error {
	return audit.Append(ctx, tx, audit.Event{At: l.clock.Now(), Actor: actor, Action: action, Object: object,
		Outcome: outcome, Reason: reason})
}

// Note appends one event to the hub's audit trail.
func (l *Ledger) Note(ctx context.Context, actor, action, object, outcome, reason string) error {
	return l.change(ctx, "note an event", func(tx *sql.Tx) error {
		return l.note(ctx, tx, actor, action, object, outcome, reason)
	})
}

// AuditReport verifies the hub's audit trail from its first row to its last.
func (l *Ledger) AuditReport(ctx context.Context) (audit.Report, error) {
	return audit.Verify(ctx, l.read)
}

// mapped gives SQLite's refusals our codes and leaves errors that have one alone.
func mapped(what string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*appliance.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		switch e.Code {
		case sqlite3.ErrFull:
			return appliance.E(appliance.Full, "storage.full", err)
		case sqlite3.ErrBusy, sqlite3.ErrLocked:
			return appliance.E(appliance.Unavailable, "hubctl.ledger.busy", err)
		case sqlite3.ErrCantOpen, sqlite3.ErrNotADB, sqlite3.ErrCorrupt:
			return appliance.E(appliance.Unavailable, "hubctl.ledger.unreadable", err)
		}
	}
	return durable.Map(fmt.Errorf("%s: %w", what, err))
}

const timeForm = "2006-01-02T15:04:05.000000000Z"

// text gives a time in UTC in a form of fixed length, so that order of text is order of time; "" for the zero time.
func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}

// moment reads what text wrote.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(timeForm, s)
}

func (l *Ledger) now() time.Time { return l.clock.Now().Wall.UTC() }
