package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// SignOff freezes the case, with the exact bytes of its case.json, and puts it in the outbox, in one transaction with its
// audit row. C.State is set to Queued and a zero SignedOff to the event's time. It is idempotent: for a case that was signed off
// before it writes nothing and gives the stored case in c. Otherwise the errors are those of SaveCase, and Invalid
// "storage.case.unsendable" for a case that the trust's protocol does not take; c is then as it was.
func (s *Store) SignOff(ctx context.Context, c *appliance.Case, urgent bool, e audit.Event) error {
	if s.write == nil {
		return appliance.E(appliance.Unavailable, "storage.read_only", nil)
	}
	e = about(s.stamped([]audit.Event{e})[0], c.ID)
	next := *c
	next.State = appliance.Queued
	next.Version = max(next.Version, 1)
	if next.SignedOff == (appliance.Stamp{}) {
		next.SignedOff = e.At
	}
	var done *appliance.Case // the stored case, when it was signed off before
	err := s.tx(ctx, func(tx *sql.Tx) error {
		stored, err := s.signedOff(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if done = stored; done != nil {
			return errDone
		}
		if err := s.update(ctx, tx, &next); err != nil {
			return err
		}
		if err := s.fixCaseJSON(ctx, tx, &next); err != nil {
			return err
		}
		return enqueue(ctx, tx, c.ID, urgent)
	}, e)
	if done != nil {
		*c = *done
		return nil
	}
	if err := s.saved(&next, err); err != nil {
		return err
	}
	*c = next
	return nil
}

// errDone ends a transaction that has nothing left to do. It never leaves this package.
var errDone = errors.New("nothing left to do")

// signedOff gives the stored case when it was signed off before, else nil.
func (s *Store) signedOff(ctx context.Context, tx *sql.Tx, id appliance.CaseID) (*appliance.Case, error) {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE case_id = ?`, id).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	c, _, err := s.load(ctx, tx, id)
	return c, err
}

func enqueue(ctx context.Context, tx *sql.Tx, id appliance.CaseID, urgent bool) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO outbox (case_id, urgent) VALUES (?, ?)`, id, urgent); err != nil {
		return fmt.Errorf("put case in outbox: %w", err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE cases SET urgent = ? WHERE id = ?`, urgent, id)
	return err
}
