package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// latestCalibrations is how many calibrations are looked through for those that count: a box has few cameras, each shown the card
// a few times a day.
const latestCalibrations = 500

// SaveCalibration makes a calibration durable with its audit row. A still that was used before is refused with Conflict
// "error.capture.seen_before".
func (s *Store) SaveCalibration(ctx context.Context, c appliance.Calibration, e audit.Event) error {
	if !appliance.ValidID(c.ID) || c.ScanSHA256 == "" {
		return appliance.E(appliance.Invalid, "storage.capture.incomplete", fmt.Errorf("calibration without id or scan"))
	}
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode calibration: %w", err)
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO calibrations (id, at, scan, body) VALUES (?,?,?,?)`, c.ID, nanos(c.At.Wall), c.ScanSHA256, string(body))
		if isUnique(err) {
			return appliance.E(appliance.Conflict, "error.capture.seen_before", err)
		}
		return err
	}, e)
}

// Calibrations gives the latest calibrations of any camera, the newest first. A row that cannot be read is left out: a camera
// without a calibration is safe.
func (s *Store) Calibrations(ctx context.Context) ([]appliance.Calibration, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT body FROM calibrations ORDER BY seq DESC LIMIT ?`, latestCalibrations)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	var list []appliance.Calibration
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, mapped(err)
		}
		var c appliance.Calibration
		if json.Unmarshal([]byte(body), &c) == nil {
			list = append(list, c)
		}
	}
	return list, mapped(rows.Err())
}
