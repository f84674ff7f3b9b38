package store

import (
	"context"
	"database/sql"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// AddCapture makes a kept still part of its case: capture row, case and attempts in one commit. ImageName is what
// images.Folder.Put gave; the file must be durable already. The capture is appended to c unless c has it, and a case that has
// its history goes to Capturing. Besides the errors of SaveCase: Conflict "storage.capture.seen" when the still's scan data
// was ever kept before, for any patient. On success c is as stored; otherwise c is as it was.
func (s *Store) AddCapture(ctx context.Context, c *appliance.Case, capture appliance.Capture, imageName string, e audit.Event, attempts ...Attempt) error {
	if !appliance.ValidID(string(capture.ID)) || capture.ScanSHA256 == "" || imageName == "" {
		return appliance.E(appliance.Invalid, "storage.capture.incomplete", nil)
	}
	next := withCapture(*c, capture)
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := s.update(ctx, tx, &next); err != nil {
			return err
		}
		if err := s.insertCapture(ctx, tx, next.ID, capture, imageName); err != nil {
			return err
		}
		return s.putAttempts(ctx, tx, next.ID, attempts)
	}, about(e, c.ID))
	if err := s.saved(&next, err); err != nil {
		return err
	}
	*c = next
	return nil
}

func withCapture(c appliance.Case, capture appliance.Capture) appliance.Case {
	if c.State == appliance.HistoryDone || c.State == appliance.Consented {
		c.State = appliance.Capturing
	}
	for _, have := range c.Captures {
		if have.ID == capture.ID {
			return c
		}
	}
	c.Captures = append(c.Captures[:len(c.Captures):len(c.Captures)], capture)
	return c
}

func (s *Store) insertCapture(ctx context.Context, tx *sql.Tx, id appliance.CaseID, capture appliance.Capture, imageName string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO scans (scan_index, capture_id) VALUES (?, ?)`,
		s.scanIndex(capture.ScanSHA256), capture.ID)
	if isUnique(err) {
		return appliance.E(appliance.Conflict, "storage.capture.seen", err)
	}
	if err != nil {
		return fmt.Errorf("note scan: %w", err)
	}
	opening, err := openingAt(ctx, tx, capture.Exposed)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO captures (id, case_id, image, opening_id, saved_at) VALUES (?,?,?,?,?)`,
		capture.ID, id, imageName, opening, nanos(s.clock.Now().Wall))
	if isUnique(err) {
		return appliance.E(appliance.Conflict, "storage.capture.exists", err)
	}
	if err != nil {
		return fmt.Errorf("save capture: %w", err)
	}
	return nil
}

// SeenScan says whether a still with this scan data (lower-case hex of its SHA-256) was ever kept, for any patient.
func (s *Store) SeenScan(ctx context.Context, scanSHA256 string) (bool, error) {
	if s.vault == nil {
		return false, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
	}
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM scans WHERE scan_index = ?`, s.scanIndex(scanSHA256)).Scan(&n)
	return n > 0, mapped(err)
}

// ImageName gives the name of a capture's sealed file, NotFound when the case has no such capture.
func (s *Store) ImageName(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) (string, error) {
	var name string
	err := s.read.QueryRowContext(ctx, `SELECT image FROM captures WHERE case_id = ? AND id = ?`, id, capture).Scan(&name)
	return name, orNotFound(err, "storage.capture.not_found")
}

// ImageNames gives the name of every image that a row names: what a sweep must leave.
func (s *Store) ImageNames(ctx context.Context) (map[string]bool, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT image FROM captures`)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, mapped(err)
		}
		names[name] = true
	}
	return names, mapped(rows.Err())
}
