package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/sync/wire"
)

// The states of a batch. Open and offered ones are unfinished.
const (
	batchOpen      = "open"      // put together, not offered: it exists nowhere else and may be dissolved
	batchOffered   = "offered"   // its envelope is fixed for ever
	batchCommitted = "committed" // has a receipt
	batchRejected  = "rejected"  // the hub refused the offer; it stays in the chain
	batchDissolved = "dissolved" // gave way to an urgent case before it was offered; its number is not used again
)

// syncActor is who the audit trail names for what the sync engine does.
const syncActor = "sync"

// NextBatch gives what to send next, nil when nothing waits: an unfinished urgent batch; else a new batch of the oldest
// waiting urgent case alone; else an unfinished bulk batch; else a new one of up to MaxBatch waiting cases, oldest first. A
// batch that was offered comes with its envelope, to be sent again byte for byte. A case that no longer opens is set aside
// as damaged, a damaged envelope is given up, and the rest goes on.
func (s *Store) NextBatch(ctx context.Context) (*wire.Batch, error) {
	for {
		b, err := s.pickBatch(ctx)
		if appliance.CodeOf(err) == appliance.Unverified && b != nil {
			s.log.ErrorContext(ctx, "envelope does not open; its cases go into a new batch", "batch", b.Number)
			err = s.giveUp(ctx, b)
			if err == nil {
				continue
			}
		}
		if err != nil || b == nil {
			return nil, err
		}
		bad, err := s.fillBatch(ctx, b)
		if err != nil {
			return nil, err
		}
		if bad == "" {
			return &b.Batch, nil
		}
		s.log.ErrorContext(ctx, "case does not open; set aside", "case", bad, "batch", b.Number)
		if err := s.SetAside(ctx, b.Number, string(bad), "device_damaged", ""); err != nil {
			return nil, err
		}
	}
}

// batch is a batch with what the store alone knows of it.
type batch struct {
	wire.Batch
	id    int64
	state string
}

// pickBatch gives the batch that is next, making it where needed, without its cases.
func (s *Store) pickBatch(ctx context.Context) (*batch, error) {
	var picked *batch
	err := s.tx(ctx, func(tx *sql.Tx) error {
		for _, urgent := range []bool{true, false} {
			var err error
			if picked, err = s.unfinished(ctx, tx, urgent); err != nil {
				return err
			}
			if picked != nil {
				return errDone
			}
			ids, err := s.waiting(ctx, tx, urgent)
			if err != nil {
				return err
			}
			if len(ids) > 0 {
				picked, err = s.newBatch(ctx, tx, urgent, ids)
				return err
			}
		}
		return errDone
	})
	if errors.Is(err, errDone) {
		return picked, nil
	}
	return picked, err
}

// GiveUp closes an offered batch that the hub can never take as it was signed, as after a new enrolment: its cases wait again
// in their old places, for a new batch. Reason is a code for the audit trail. A batch that is finished is a Conflict.
func (s *Store) GiveUp(ctx context.Context, number uint64, reason string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.unfinishedBatch(ctx, tx, number)
		if err != nil {
			return err
		}
		return s.reopen(ctx, tx, b)
	}, batchEvent("batch.give_up", number, "rejected", codeWord(reason)))
}

// giveUp closes an offered batch whose envelope was damaged: the same bytes can never be sent again. Its cases travel in a
// new batch; what the hub has of them by then it answers as duplicate.
func (s *Store) giveUp(ctx context.Context, b *batch) error {
	return s.tx(ctx, func(tx *sql.Tx) error { return s.reopen(ctx, tx, b) },
		batchEvent("batch.give_up", b.Number, "rejected", "device_damaged"))
}

// unfinished gives the oldest unfinished batch of a kind, nil if there is none. With an error of code Unverified it gives
// the batch too: its envelope is damaged.
func (s *Store) unfinished(ctx context.Context, tx *sql.Tx, urgent bool) (*batch, error) {
	b, err := s.findBatch(ctx, tx, `epoch = ? AND urgent = ? AND state IN ('open', 'offered') ORDER BY id LIMIT 1`, s.epoch, urgent)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return b, err
}

// findBatch gives the batch of a WHERE clause, sql.ErrNoRows if there is none.
func (s *Store) findBatch(ctx context.Context, tx *sql.Tx, where string, args ...any) (*batch, error) {
	b := &batch{}
	var sealed []byte
	err := tx.QueryRowContext(ctx, `SELECT id, number, state, previous, digest, envelope FROM batches WHERE `+where, args...).
		Scan(&b.id, &b.Number, &b.state, &b.Previous, &b.Digest, &sealed)
	if err != nil {
		return nil, err
	}
	if sealed != nil {
		b.Envelope, err = s.vault.Open("batches", "envelope", batchRow(s.epoch, b.Number), sealed)
	}
	return b, err
}

// waiting gives the cases that wait: one when urgent, else up to a batch full, oldest first.
func (s *Store) waiting(ctx context.Context, tx *sql.Tx, urgent bool) ([]appliance.CaseID, error) {
	limit := s.maxBatch
	if urgent {
		limit = 1
	}
	return caseIDs(tx.QueryContext(ctx, `SELECT o.case_id FROM outbox o JOIN cases c ON c.id = o.case_id
		WHERE o.done = 0 AND o.batch_id IS NULL AND o.urgent = ? AND c.state = ? ORDER BY o.seq LIMIT ?`,
		urgent, appliance.Queued, limit))
}

func caseIDs(rows *sql.Rows, err error) ([]appliance.CaseID, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []appliance.CaseID
	for rows.Next() {
		var id appliance.CaseID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func (s *Store) newBatch(ctx context.Context, tx *sql.Tx, urgent bool, ids []appliance.CaseID) (*batch, error) {
	if urgent {
		if err := s.dissolve(ctx, tx); err != nil {
			return nil, err
		}
	}
	b := &batch{state: batchOpen}
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM batches WHERE epoch = ?`, s.epoch).Scan(&b.Number); err != nil {
		return nil, err
	}
	var err error
	if b.Previous, err = s.lastOffer(ctx, tx); err != nil {
		return nil, err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO batches (epoch, number, urgent, state, previous, created_at) VALUES (?,?,?,?,?,?)`,
		s.epoch, b.Number, urgent, batchOpen, b.Previous, nanos(s.clock.Now().Wall))
	if err != nil {
		return nil, fmt.Errorf("make batch: %w", err)
	}
	if b.id, err = done.LastInsertId(); err != nil {
		return nil, err
	}
	for i, id := range ids {
		if _, err := tx.ExecContext(ctx, `INSERT INTO batch_cases (batch_id, position, case_id) VALUES (?,?,?)`, b.id, i, id); err != nil {
			return nil, fmt.Errorf("put case in batch: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE outbox SET batch_id = ? WHERE case_id = ?`, b.id, id); err != nil {
			return nil, fmt.Errorf("put case in batch: %w", err)
		}
	}
	return b, nil
}

// dissolve lets batches that were not offered go: their cases wait again. So offers happen in the order of their numbers, the
// Previous that a batch was made with stays the last offer, and an urgent case never waits for a batch that only existed
// here.
func (s *Store) dissolve(ctx context.Context, tx *sql.Tx) error {
	for _, q := range []string{
		`UPDATE outbox SET batch_id = NULL WHERE batch_id IN (SELECT id FROM batches WHERE state = 'open')`,
		`DELETE FROM batch_cases WHERE batch_id IN (SELECT id FROM batches WHERE state = 'open')`,
		`UPDATE batches SET state = '` + batchDissolved + `' WHERE state = 'open'`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("dissolve batch: %w", err)
		}
	}
	return nil
}

// lastOffer gives the digest of the epoch's last offer, "" before the first.
func (s *Store) lastOffer(ctx context.Context, tx *sql.Tx) (string, error) {
	var digest string
	err := tx.QueryRowContext(ctx, `SELECT digest FROM batches WHERE epoch = ? AND digest != '' ORDER BY number DESC LIMIT 1`, s.epoch).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return digest, err
}

// fillBatch reads the batch's cases. Bad is the first that is damaged, "" if none.
func (s *Store) fillBatch(ctx context.Context, b *batch) (bad appliance.CaseID, err error) {
	ids, err := caseIDs(s.read.QueryContext(ctx, `SELECT case_id FROM batch_cases WHERE batch_id = ? ORDER BY position`, b.id))
	if err != nil {
		return "", mapped(err)
	}
	for _, id := range ids {
		c, err := s.Case(ctx, id)
		var raw []byte
		if err == nil {
			raw, err = s.CaseJSON(ctx, id)
		}
		if code := appliance.CodeOf(err); code == appliance.Unverified || code == appliance.NotFound {
			return id, nil
		}
		if err != nil {
			return "", err
		}
		b.Cases = append(b.Cases, wire.BatchCase{Case: c, JSON: raw})
	}
	return "", nil
}

// AuditHead gives the hash of the trail's last row, for the next manifest.
func (s *Store) AuditHead(ctx context.Context) (string, error) {
	head, err := audit.Head(ctx, s.read)
	return head, mapped(err)
}

func batchRow(epoch string, number uint64) string { return fmt.Sprintf("%s/%d", epoch, number) }
