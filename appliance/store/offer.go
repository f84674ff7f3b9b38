package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/sync/wire"
)

// SaveOffer fixes the batch's signed envelope before it is sent for the first time: from then on it is the only one that
// is ever sent for the batch. Its cases are SENDING. Saving the same envelope again does nothing; another one is a
// Conflict, and so is a batch that was dissolved or whose place in the chain was taken since NextBatch gave it: ask
// NextBatch again.
func (s *Store) SaveOffer(ctx context.Context, number uint64, envelope []byte, digest string) error {
	if len(envelope) == 0 || digest == "" {
		return appliance.E(appliance.Invalid, "storage.batch.offer", nil)
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.unfinishedBatch(ctx, tx, number)
		if err != nil {
			return err
		}
		if b.state == batchOffered {
			if b.Digest == digest && bytes.Equal(b.Envelope, envelope) {
				return errDone
			}
			return appliance.E(appliance.Conflict, "storage.batch.other_offer", nil)
		}
		last, err := s.lastOffer(ctx, tx)
		if err != nil {
			return err
		}
		if last != b.Previous {
			return appliance.E(appliance.Conflict, "storage.batch.stale", nil)
		}
		return s.writeOffer(ctx, tx, b, envelope, digest)
	}, batchEvent("batch.offer", number, "ok", ""))
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

func (s *Store) writeOffer(ctx context.Context, tx *sql.Tx, b *batch, envelope []byte, digest string) error {
	sealed, err := s.vault.Seal("batches", "envelope", batchRow(s.epoch, b.Number), envelope)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE batches SET state = ?, digest = ?, envelope = ?, audit_head = ?, offered_at = ? WHERE id = ?`,
		batchOffered, digest, sealed, noted(envelope), nanos(s.clock.Now().Wall), b.id); err != nil {
		return fmt.Errorf("save offer: %w", err)
	}
	ids, err := caseIDs(tx.QueryContext(ctx, `SELECT case_id FROM batch_cases WHERE batch_id = ?`, b.id))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.move(ctx, tx, id, appliance.Sending, ""); err != nil {
			return err
		}
	}
	return nil
}

// noted gives the audit head that the envelope's manifest carries, "" if it has none: Verify holds the trail to it.
func noted(envelope []byte) string {
	var outer struct {
		Payload []byte `json:"payload"`
	}
	var m wire.Manifest
	if json.Unmarshal(envelope, &outer) != nil || json.Unmarshal(outer.Payload, &m) != nil {
		return ""
	}
	return m.AuditHead
}

// SaveProgress notes how much of the batch the hub has acknowledged, for people to see. The hub knows it better.
func (s *Store) SaveProgress(ctx context.Context, number uint64, p wire.Progress) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE batches SET parts_sent = ?, parts_total = ?, bytes_sent = ?, bytes_total = ?
			WHERE epoch = ? AND number = ?`, p.PartsSent, p.PartsTotal, p.BytesSent, p.BytesTotal, s.epoch, number)
		return err
	})
}

// SetAside takes a case out of sending for good: it is QUARANTINED with the code until a person acts, and the rest of its
// batch goes on. A batch that was offered with it can no longer be committed as it stands: it is closed as rejected and
// its other cases wait for a new one. Message is the hub's sentence; it is sealed.
func (s *Store) SetAside(ctx context.Context, number uint64, caseID, code, message string) error {
	id := appliance.CaseID(caseID)
	e := batchEvent("case.set_aside", number, "rejected", codeWord(code))
	e.Object = caseID
	return s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.findBatch(ctx, tx, `epoch = ? AND number = ?`, s.epoch, number)
		if err != nil {
			return orNotFound(err, "storage.batch.not_found")
		}
		if err := s.mayClose(ctx, tx, b, id); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, b.id, id, wire.Rejected, code, message); err != nil {
			return err
		}
		if err := s.move(ctx, tx, id, appliance.Quarantined, asideKey(code, keySetAside)); err != nil {
			return err
		}
		return s.reopen(ctx, tx, b)
	}, e)
}

// The sentences of a case that is set aside with a code that has none of its own.
const (
	keySetAside = "storage.case.set_aside"
	keyRejected = "storage.case.rejected"
)

// mayClose refuses to set a case aside in a batch that is finished, or that was rejected when the case already travels in
// another.
func (s *Store) mayClose(ctx context.Context, tx *sql.Tx, b *batch, id appliance.CaseID) error {
	switch b.state {
	case batchOpen, batchOffered:
		return nil
	case batchRejected:
		var elsewhere int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox WHERE case_id = ? AND batch_id IS NOT NULL`, id).Scan(&elsewhere)
		if err != nil || elsewhere == 0 {
			return err
		}
	}
	return appliance.E(appliance.Conflict, "storage.batch.finished", nil)
}

// reopen lets the rest of a batch go on after one of its cases was set aside.
func (s *Store) reopen(ctx context.Context, tx *sql.Tx, b *batch) error {
	if b.state == batchRejected {
		return nil
	}
	rest, err := caseIDs(tx.QueryContext(ctx, `SELECT case_id FROM outbox WHERE batch_id = ? AND done = 0`, b.id))
	if err != nil {
		return err
	}
	if b.state == batchOffered {
		for _, id := range rest {
			if err := s.move(ctx, tx, id, appliance.Queued, ""); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE outbox SET batch_id = NULL WHERE batch_id = ?`, b.id); err != nil {
		return err
	}
	state := batchDissolved
	if b.state == batchOffered {
		state = batchRejected
	}
	_, err = tx.ExecContext(ctx, `UPDATE batches SET state = ? WHERE id = ?`, state, b.id)
	return err
}

// unfinishedBatch gives an open or offered batch by number.
func (s *Store) unfinishedBatch(ctx context.Context, tx *sql.Tx, number uint64) (*batch, error) {
	b, err := s.findBatch(ctx, tx, `epoch = ? AND number = ?`, s.epoch, number)
	if err != nil {
		return nil, orNotFound(err, "storage.batch.not_found")
	}
	if b.state != batchOpen && b.state != batchOffered {
		return nil, appliance.E(appliance.Conflict, "storage.batch.stale", nil)
	}
	return b, nil
}

// move takes a signed-off case to another state, if the table of states allows it.
func (s *Store) move(ctx context.Context, tx *sql.Tx, id appliance.CaseID, to appliance.State, lastError string) error {
	var from appliance.State
	if err := tx.QueryRowContext(ctx, `SELECT state FROM cases WHERE id = ?`, id).Scan(&from); err != nil {
		return orNotFound(err, "storage.case.not_found")
	}
	if err := checkMove(from, to); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE cases SET state = ?, last_error = ?, updated_at = ? WHERE id = ?`,
		to, lastError, nanos(s.clock.Now().Wall), id)
	return err
}

// settle writes what became of one case of a batch and takes it out of the outbox. A case that the batch does not hold is
// a Conflict. It works without the case's key too: then the message is lost and the rest stands.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, batchID int64, id appliance.CaseID, o wire.Outcome, code, message string) error {
	var sealed []byte
	if at, err := s.stored(ctx, tx, id); err == nil && message != "" {
		if sealed, err = at.key.Seal("batch_cases", "message", fmt.Sprintf("%d/%s", batchID, id), []byte(capped(message))); err != nil {
			return err
		}
	}
	done, err := tx.ExecContext(ctx, `UPDATE batch_cases SET outcome = ?, code = ?, message = ? WHERE batch_id = ? AND case_id = ?`,
		o, codeWord(code), sealed, batchID, id)
	if err != nil {
		return fmt.Errorf("save outcome: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return appliance.E(appliance.Conflict, "storage.batch.other_case", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE outbox SET done = 1, batch_id = NULL WHERE case_id = ?`, id)
	return err
}

// batchEvent is an audit event about a batch.
func batchEvent(action string, number uint64, outcome, reason string) audit.Event {
	return audit.Event{Actor: syncActor, Action: action, Object: "batch/" + strconv.FormatUint(number, 10), Outcome: outcome, Reason: reason}
}

// codeWord keeps of a hub's code what a code may hold.
func codeWord(code string) string {
	word := []byte(code)
	for i, b := range word {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '_' && b != '.' && b != '-' {
			word[i] = '_'
		}
	}
	return string(word[:min(len(word), 64)])
}

func capped(message string) string { return message[:min(len(message), 500)] }
