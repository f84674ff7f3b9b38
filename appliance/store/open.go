package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// The pragmas stand in the DSN because they belong to a connection, not to a database: the pool may open another one at
// any time.
const (
	writePragmas = "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000&_txlock=immediate&_foreign_keys=on&_stmt_cache_size=64"
	readPragmas  = "mode=ro&_query_only=1&_busy_timeout=5000&_foreign_keys=on&_stmt_cache_size=64"
	readers      = 4 // connections for reading
)

func dsn(path, pragmas string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: pragmas}).String()
}

func (s *Store) openWrite(ctx context.Context, o Options) error {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return fmt.Errorf("database path: %w", err)
	}
	if err := durable.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return durable.Map(fmt.Errorf("make data folder: %w", err))
	}
	if s.lock, err = lockFile(path + ".lock"); err != nil {
		return err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := mayCreate(path); err != nil {
			return err
		}
		if err := s.create(ctx, path, o.Software); err != nil {
			return err
		}
	}
	if err := checkVersion(ctx, path); err != nil {
		return err
	}
	if err := markMade(path); err != nil {
		return err
	}
	if s.write, err = openDB(ctx, dsn(path, writePragmas), 1); err != nil {
		return err
	}
	if err := checkPragmas(ctx, s.write); err != nil {
		return err
	}
	if err := s.migrate(ctx, s.write, o.Software); err != nil {
		return err
	}
	if err := s.openRead(ctx, path); err != nil {
		return err
	}
	return s.keepMode(ctx, o.Mode)
}

// openRead opens the reading side and reads what the database says of itself.
func (s *Store) openRead(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("database path: %w", err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if gone := mayCreate(path); gone != nil {
			return gone
		}
		return appliance.E(appliance.NotFound, "storage.missing", err)
	}
	if err := checkVersion(ctx, path); err != nil {
		return err
	}
	if s.read, err = openDB(ctx, dsn(path, readPragmas), readers); err != nil {
		return err
	}
	if s.epoch, err = metaValue(ctx, s.read, "epoch"); err != nil {
		return err
	}
	sealedBy, err := metaValue(ctx, s.read, "vault_id")
	if err != nil {
		return err
	}
	if s.vault != nil && sealedBy != s.vault.ID() {
		return appliance.E(appliance.Unverified, "storage.other_vault", nil)
	}
	return nil
}

func openDB(ctx context.Context, dsn string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, mapped(fmt.Errorf("open database: %w", err))
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(mapped(fmt.Errorf("open database: %w", err)), db.Close())
	}
	return db, nil
}

// checkPragmas reads back what the DSN asked for: a build of SQLite that ignores one would lose cases in a power cut.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct{ name, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "5000"},
	} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return mapped(fmt.Errorf("read back %s: %w", p.name, err))
		}
		if got != p.want {
			return appliance.E(appliance.Internal, "storage.pragma", nil, "name", p.name, "want", p.want, "got", got)
		}
	}
	return nil
}

// lockFile takes the lock that keeps a second daemon away from the data. The kernel lets go of it when the process ends,
// however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, durable.Map(fmt.Errorf("open lock file: %w", err))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, appliance.E(appliance.Conflict, "storage.in_use", err)
		}
		return nil, fmt.Errorf("take lock: %w", err)
	}
	return f, nil
}
