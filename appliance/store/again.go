package store

import (
	"context"
	"database/sql"
	"regexp"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/text"
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
