package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/text"
	"dermbox/sync/wire"
)

// reasonWord is what a person may give as a reason: a word for the audit trail, which takes nothing typed freely.
var reasonWord = regexp.MustCompile(`^[A-Za-z0-9_.:/@+-]{1,64}$`)

// Retry puts a case that was set aside back into the outbox, because a person mended what was wrong: it is QUEUED and waits
// for a new batch, in its old place. Reason is a word, such as a ticket's number. Errors: Invalid "storage.case.reason",
// NotFound, and Conflict "storage.case.state" for a case that is not QUARANTINED.
func (s *Store) Retry(ctx context.Context, id appliance.CaseID, actor, reason string) error {
	if !reasonWord.MatchString(reason) {
		return appliance.FieldError("reason", "storage.case.reason")
	}
	if s.write == nil {
		return appliance.E(appliance.Unavailable, "storage.read_only", nil)
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		return s.again(ctx, tx, id, "", appliance.Quarantined)
	}, s.audited(actor, "case.retry", id, reason))
}

// Requeue puts cases that the hub no longer holds back into the outbox, in one transaction with an audit row for each: it
// had given its receipt, and was restored from an older backup (decision 11). Reason is a code. A case that is not RECEIPTED
// or PURGEABLE, or not here, is passed over: it has moved on since the comparison.
func (s *Store) Requeue(ctx context.Context, ids []appliance.CaseID, reason string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			err := s.again(ctx, tx, id, "storage.case.requeued", appliance.Receipted, appliance.Purgeable)
			if code := appliance.CodeOf(err); code == appliance.Conflict || code == appliance.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE cases SET received_at = NULL WHERE id = ?`, id); err != nil {
				return err
			}
			if err := audit.Append(ctx, tx, s.audited(syncActor, "case.requeue", id, reason)); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepReceipt takes a case that the trust has given its receipt for out of the unfinished batch that it travels in once more, and
// of the outbox: it is RECEIPTED as before. The batch's other cases wait again, as after SetAside. Reason is a code. False, and
// nothing is changed, for a case without a receipt. A batch that is finished is a Conflict.
func (s *Store) KeepReceipt(ctx context.Context, number uint64, id appliance.CaseID, reason string) (bool, error) {
	e := batchEvent("case.keep_receipt", number, "ok", codeWord(reason))
	e.Object = string(id)
	err := s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.unfinishedBatch(ctx, tx, number)
		if err != nil {
			return err
		}
		issued, found, err := receivedAt(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found {
			return errDone
		}
		if err := s.settle(ctx, tx, b.id, id, wire.Rejected, reason, ""); err != nil {
			return err
		}
		if err := s.move(ctx, tx, id, appliance.Receipted, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE cases SET received_at = ? WHERE id = ?`, issued, id); err != nil {
			return err
		}
		return s.reopen(ctx, tx, b)
	}, e)
	if errors.Is(err, errDone) {
		return false, nil
	}
	return err == nil, err
}

// receivedAt gives when the trust gave its last receipt for a case, as the column holds it; not found for one that it never
// took in.
func receivedAt(ctx context.Context, tx *sql.Tx, id appliance.CaseID) (issued *int64, found bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT r.issued_at FROM batch_cases bc JOIN receipts r ON r.batch_id = bc.batch_id
		WHERE bc.case_id = ? AND bc.outcome IN (?, ?) ORDER BY r.batch_id DESC LIMIT 1`, id, wire.Accepted, wire.Duplicate).Scan(&issued)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return issued, err == nil, err
}

// again has a case that left the outbox wait in it once more.
func (s *Store) again(ctx context.Context, tx *sql.Tx, id appliance.CaseID, lastError string, from ...appliance.State) error {
	var state appliance.State
	if err := tx.QueryRowContext(ctx, `SELECT state FROM cases WHERE id = ?`, id).Scan(&state); err != nil {
		return orNotFound(err, "storage.case.not_found")
	}
	if !slices.Contains(from, state) {
		return appliance.E(appliance.Conflict, "storage.case.state", nil, "from", string(state), "to", string(appliance.Queued))
	}
	if err := s.move(ctx, tx, id, appliance.Queued, lastError); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET done = 0, batch_id = NULL WHERE case_id = ?`, id)
	return err
}

// asideKey gives the sentence of why a case is set aside, by its code, and otherwise's where this version knows no sentence
// for the code.
func asideKey(code, otherwise string) string {
	for _, prefix := range []string{"sync.wire.code.", "sync.aside."} {
		if key := prefix + codeWord(code); text.Has(key) {
			return key
		}
	}
	return otherwise
}
