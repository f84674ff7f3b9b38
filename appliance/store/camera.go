package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// keptOpenings is how many openings of the camera are kept that no capture refers to: a camera with a loose cable may open
// many times a day.
const keptOpenings = 200

// SaveCameraOpened records how the camera was opened, as JSON (asked, read back, measured; no patient data, no secrets in
// URLs) with its audit row, and gives the record's id. Captures exposed from now on refer to it.
func (s *Store) SaveCameraOpened(ctx context.Context, opened json.RawMessage) (int64, error) {
	if !json.Valid(opened) || len(opened) > 64<<10 {
		return 0, appliance.E(appliance.Invalid, "storage.capture.incomplete", errors.New("opening is no JSON"))
	}
	now := s.clock.Now()
	var id int64
	err := s.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO camera_openings (at, mono, boot, body) VALUES (?,?,?,?)`,
			nanos(now.Wall), now.Mono, now.Boot, string(opened))
		if err != nil {
			return fmt.Errorf("save camera opening: %w", err)
		}
		if id, err = done.LastInsertId(); err != nil {
			return fmt.Errorf("save camera opening: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM camera_openings WHERE id <= ?
			AND id NOT IN (SELECT opening_id FROM captures WHERE opening_id IS NOT NULL)`, id-keptOpenings)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Event{
			At: now, Actor: "camera", Action: "camera.open", Object: "opening/" + strconv.FormatInt(id, 10), Outcome: "ok",
		})
	})
	return id, err
}

// openingAt gives the opening that a still came from: the last one before its exposure in the same boot, else the last one
// there is, else nil.
func openingAt(ctx context.Context, tx *sql.Tx, exposed appliance.Stamp) (any, error) {
	for _, q := range []struct {
		where string
		args  []any
	}{
		{`boot = ? AND mono <= ?`, []any{exposed.Boot, exposed.Mono}},
		{`1 = 1`, nil},
	} {
		var id int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM camera_openings WHERE `+q.where+` ORDER BY id DESC LIMIT 1`, q.args...).Scan(&id)
		if err == nil {
			return id, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("find camera opening: %w", err)
		}
	}
	return nil, nil
}
