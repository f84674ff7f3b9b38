package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"dermbox/appliance"
)

// traceCaptures reads the captures' rows; traceSealed adds what the sealed case knows of them.
func (s *Store) traceCaptures(ctx context.Context, t *Trace) error {
	rows, err := s.read.QueryContext(ctx, `SELECT id, COALESCE(opening_id, 0), saved_at, saved_ms FROM captures
		WHERE case_id = ? ORDER BY rowid`, t.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	noted := s.timings(t.ID)
	for rows.Next() {
		var c TraceCapture
		var savedAt *int64
		if err := rows.Scan(&c.ID, &c.Opening, &savedAt, &c.SavedMS); err != nil {
			return err
		}
		c.SavedAt = pointer(fromNanos(savedAt))
		if ms, ok := noted[c.ID]; ok {
			c.SavedMS = &ms
		}
		t.Captures = append(t.Captures, c)
	}
	return rows.Err()
}

func (s *Store) traceSealed(ctx context.Context, t *Trace) error {
	if s.vault == nil {
		return nil
	}
	c, err := s.Case(ctx, t.ID)
	if err != nil {
		return err
	}
	t.Unapproved = c.Unapproved()
	for i := range t.Captures {
		for _, capture := range c.Captures {
			if capture.ID == t.Captures[i].ID {
				t.Captures[i].fill(capture)
			}
		}
	}
	if len(c.Findings) > 0 {
		t.Findings = c.Findings
	}
	attempts, err := s.Attempts(ctx, t.ID)
	if len(attempts) > 0 {
		t.Attempts = attempts
	}
	return err
}

func (c *TraceCapture) fill(from appliance.Capture) {
	c.Lesion, c.View, c.Attempt, c.Camera = from.LesionID, from.View, from.Attempt, from.Camera
	c.Seq, c.Exposed, c.ExposureClock, c.Pressed = from.Seq, from.Exposed, from.ExposureClock, from.Pressed
	c.SHA256, c.ScanSHA256, c.Size, c.Width, c.Height = from.SHA256, from.ScanSHA256, from.Size, from.Width, from.Height
	c.Encoding, c.SwitchMS, c.Reference = from.Encoding, from.SwitchMS, from.Reference
	c.Quality, c.Overridden = from.Quality, from.Override != ""
}

func (s *Store) traceOpenings(ctx context.Context, t *Trace) error {
	rows, err := s.read.QueryContext(ctx, `SELECT id, at, body FROM camera_openings
		WHERE id IN (SELECT opening_id FROM captures WHERE case_id = ?) ORDER BY id`, t.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o TraceOpening
		var at *int64
		var body string
		if err := rows.Scan(&o.ID, &at, &body); err != nil {
			return err
		}
		o.At, o.Opened = fromNanos(at), json.RawMessage(body)
		t.Openings = append(t.Openings, o)
	}
	return rows.Err()
}

func (s *Store) traceBatches(ctx context.Context, t *Trace) error {
	rows, err := s.read.QueryContext(ctx, `SELECT b.number, b.epoch, b.urgent, b.state, b.digest, b.previous, b.audit_head,
		b.created_at, b.offered_at, b.committed_at, b.parts_sent, b.parts_total, b.bytes_sent, b.bytes_total, bc.outcome, bc.code,
		(SELECT COUNT(*) FROM batch_cases WHERE batch_id = b.id)
		FROM batch_cases bc JOIN batches b ON b.id = bc.batch_id WHERE bc.case_id = ? ORDER BY b.id`, t.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b TraceBatch
		var created, offered, committed *int64
		if err := rows.Scan(&b.Number, &b.Epoch, &b.Urgent, &b.State, &b.Digest, &b.Previous, &b.AuditHead, &created, &offered,
			&committed, &b.PartsSent, &b.PartsTotal, &b.BytesSent, &b.BytesTotal, &b.Outcome, &b.Code, &b.Cases); err != nil {
			return err
		}
		b.CreatedAt, b.OfferedAt, b.CommittedAt = pointer(fromNanos(created)), pointer(fromNanos(offered)), pointer(fromNanos(committed))
		t.Batches = append(t.Batches, b)
	}
	return rows.Err()
}

func (s *Store) traceReceipt(ctx context.Context, t *Trace) error {
	var r TraceReceipt
	var issued, saved *int64
	var envelope []byte
	err := s.read.QueryRowContext(ctx, `SELECT b.number, r.manifest_digest, r.hub, r.key_id, r.issued_at, r.saved_at, r.envelope
		FROM receipts r JOIN batches b ON b.id = r.batch_id JOIN batch_cases bc ON bc.batch_id = b.id
		WHERE bc.case_id = ? ORDER BY b.id DESC LIMIT 1`, t.ID).
		Scan(&r.Batch, &r.ManifestDigest, &r.Hub, &r.KeyID, &issued, &saved, &envelope)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	r.IssuedAt, r.SavedAt = pointer(fromNanos(issued)), pointer(fromNanos(saved))
	if json.Valid(envelope) {
		r.Envelope = envelope
	}
	t.Receipt = &r
	return nil
}
