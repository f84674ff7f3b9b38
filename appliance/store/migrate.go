package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pressly/goose/v3"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/durable"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schemaVersion is the number of the newest migration that this program knows. A test compares it with the files.
const schemaVersion = 4

// newSuffix is on the name of a database that is being made.
const newSuffix = ".new"

// create makes a database beside path and gives it its name when it is whole: an interruption leaves no half database,
// and a file that is found under path is always one that once was whole.
func (s *Store) create(ctx context.Context, path, software string) error {
	temp := path + newSuffix
	for _, leftover := range []string{temp, temp + "-wal", temp + "-shm"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return durable.Map(fmt.Errorf("remove unfinished database: %w", err))
		}
	}
	if err := durable.WriteFile(temp, nil, 0o600); err != nil { // SQLite's own files take its permissions
		return err
	}
	if err := s.fill(ctx, temp, software); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return durable.Map(fmt.Errorf("name new database: %w", err))
	}
	return durable.SyncDir(filepath.Dir(path))
}

// fill brings an empty database to the newest schema and writes its identity and the first audit row. Closing it moves
// everything from the log into the file.
func (s *Store) fill(ctx context.Context, path, software string) error {
	db, err := openDB(ctx, dsn(path, writePragmas), 1)
	if err != nil {
		return err
	}
	err = s.migrate(ctx, db, software)
	if err == nil {
		err = s.identify(ctx, db, software)
	}
	if closeErr := db.Close(); err == nil && closeErr != nil {
		err = mapped(fmt.Errorf("close new database: %w", closeErr))
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return appliance.E(appliance.Internal, "storage.failed", errors.New("new database still has a log"))
	}
	return nil
}

func (s *Store) identify(ctx context.Context, db *sql.DB, software string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return mapped(fmt.Errorf("begin: %w", err))
	}
	defer tx.Rollback() // after a commit it does nothing
	for name, value := range map[string]string{
		"epoch": appliance.NewID(), "vault_id": s.vault.ID(), "made_by": software,
	} {
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)`, name, value); err != nil {
			return mapped(fmt.Errorf("write identity: %w", err))
		}
	}
	created := audit.Event{
		At: s.clock.Now(), Actor: "dermboxd", Action: "store.create", Outcome: "ok",
		Versions: map[string]string{"software": software, "schema": strconv.Itoa(schemaVersion)},
	}
	if err := audit.Append(ctx, tx, created); err != nil {
		return mapped(err)
	}
	return mapped(tx.Commit())
}

// migrate brings the schema up to date; each migration is a transaction. Meta names the program that did it.
func (s *Store) migrate(ctx context.Context, db *sql.DB, software string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("embedded migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.log))
	if err != nil {
		return mapped(fmt.Errorf("prepare migrations: %w", err))
	}
	done, err := p.Up(ctx)
	if err != nil {
		return mapped(fmt.Errorf("migrate: %w", err))
	}
	if len(done) == 0 {
		return nil
	}
	_, err = db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('migrated_by', ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, software)
	return mapped(err)
}

// checkVersion looks at the database without changing a byte of it, and refuses one that this program cannot read.
func checkVersion(ctx context.Context, path string) error {
	db, err := openDB(ctx, dsn(path, readPragmas), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	var version sql.NullInt64
	err = db.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied = 1`).Scan(&version)
	if code := appliance.CodeOf(mapped(err)); code == appliance.Unavailable || code == appliance.Full {
		return mapped(err)
	}
	if err != nil || version.Int64 < 1 {
		return appliance.E(appliance.Unverified, "storage.damaged", err)
	}
	if version.Int64 > schemaVersion {
		return appliance.E(appliance.Conflict, "storage.newer", nil,
			"found", strconv.FormatInt(version.Int64, 10), "known", strconv.Itoa(schemaVersion))
	}
	return nil
}

func metaValue(ctx context.Context, db *sql.DB, name string) (string, error) {
	var value string
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, name).Scan(&value)
	if err != nil {
		return "", appliance.E(appliance.Unverified, "storage.damaged", err)
	}
	return value, nil
}
