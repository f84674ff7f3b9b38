package store

import (
	"context"
	"database/sql"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/staff"
)

const staffColumns = `id, body, failures, lock_mono, lock_boot, lock_for`

// StaffRow implements staff.Rows.
func (s *Store) StaffRow(ctx context.Context, id string) (staff.Row, error) {
	var r staff.Row
	err := s.read.QueryRowContext(ctx, `SELECT `+staffColumns+` FROM staff WHERE id = ?`, id).
		Scan(&r.ID, &r.Body, &r.Failures, &r.Lock.Mono, &r.Lock.Boot, &r.Lock.For)
	return r, orNotFound(err, "staff.unknown")
}

// StaffRows implements staff.Rows.
func (s *Store) StaffRows(ctx context.Context) ([]staff.Row, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+staffColumns+` FROM staff ORDER BY id`)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	var list []staff.Row
	for rows.Next() {
		var r staff.Row
		if err := rows.Scan(&r.ID, &r.Body, &r.Failures, &r.Lock.Mono, &r.Lock.Boot, &r.Lock.For); err != nil {
			return nil, mapped(err)
		}
		list = append(list, r)
	}
	return list, mapped(rows.Err())
}

// AddStaff implements staff.Rows.
func (s *Store) AddStaff(ctx context.Context, r staff.Row, events ...audit.Event) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO staff (`+staffColumns+`) VALUES (?,?,?,?,?,?)`,
			r.ID, r.Body, r.Failures, r.Lock.Mono, r.Lock.Boot, r.Lock.For)
		if isUnique(err) {
			return appliance.E(appliance.Conflict, "staff.exists", err)
		}
		return err
	}, events...)
}

// SaveStaff implements staff.Rows.
func (s *Store) SaveStaff(ctx context.Context, r staff.Row, events ...audit.Event) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE staff SET body = ?, failures = ?, lock_mono = ?, lock_boot = ?, lock_for = ? WHERE id = ?`,
			r.Body, r.Failures, r.Lock.Mono, r.Lock.Boot, r.Lock.For, r.ID)
		if err != nil {
			return fmt.Errorf("save staff row: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return appliance.E(appliance.NotFound, "staff.unknown", ErrNotFound)
		}
		return nil
	}, events...)
}
