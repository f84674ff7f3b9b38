package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// The modes that a database can be of, in the words of the settings.
const (
	modeLive          = "live"
	modeDemonstration = "demonstration"
)

// keepMode refuses with Conflict "storage.other_mode" to open a database of one mode in another: cases, staff and keys of a
// demonstration must never be taken for those of patients, nor the other way round (hazard H17). The first opening decides and
// is audited; a database that is older than this record is what its cases are. An empty mode is not checked.
func (s *Store) keepMode(ctx context.Context, mode string) error {
	if mode == "" {
		return nil
	}
	is, err := modeOf(ctx, s.write)
	if err != nil {
		return err
	}
	if is == mode {
		return nil
	}
	if is != "" {
		return appliance.E(appliance.Conflict, "storage.other_mode", nil, "is", is, "set", mode)
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		var others int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM cases WHERE demonstration IS NOT ?`, mode == modeDemonstration).Scan(&others)
		if err != nil {
			return fmt.Errorf("count cases of another mode: %w", err)
		}
		if others > 0 {
			return appliance.E(appliance.Conflict, "storage.other_mode", nil, "is", otherMode(mode), "set", mode)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('mode', ?)`, mode)
		return err
	}, audit.Event{Actor: "dermboxd", Action: "store.mode", Outcome: "ok", Reason: mode})
}

// modeOf gives the mode that a database is bound to, "" for none yet.
func modeOf(ctx context.Context, db *sql.DB) (string, error) {
	var mode string
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'mode'`).Scan(&mode)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return mode, mapped(err)
}

func otherMode(mode string) string {
	if mode == modeLive {
		return modeDemonstration
	}
	return modeLive
}
