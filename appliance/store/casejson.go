package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/vault"
	"dermbox/sync/wire"
)

// CaseJSON gives the exact bytes of case.json as they were fixed when the case was signed off; nil for a case that was signed
// off by a version that did not keep them, or that froze one of which no case.json can be made: package sync says so then. Errors
// are those of Case, and Conflict "storage.case.not_signed_off".
func (s *Store) CaseJSON(ctx context.Context, id appliance.CaseID) ([]byte, error) {
	if s.vault == nil {
		return nil, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
	}
	var state appliance.State
	var version int
	var wrapped, sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT state, version, wrapped_key, case_json FROM cases WHERE id = ?`, id).
		Scan(&state, &version, &wrapped, &sealed)
	switch {
	case err != nil:
		return nil, orNotFound(err, "storage.case.not_found")
	case state.Open() || state == appliance.Abandoned:
		return nil, appliance.E(appliance.Conflict, "storage.case.not_signed_off", nil)
	case wrapped == nil:
		return nil, appliance.E(appliance.NotFound, "storage.case.erased", ErrNotFound)
	case sealed == nil:
		return nil, nil
	}
	key, err := s.vault.CaseKey(wrapped)
	if err != nil {
		return nil, err
	}
	return openCaseJSON(key, id, version, sealed)
}

// fixCaseJSON keeps the case.json of a case that is being signed off, in its transaction. A case of which none can be made is not
// signed off, Invalid "storage.case.unsendable": open, it can still be mended; frozen, it could never be sent.
func (s *Store) fixCaseJSON(ctx context.Context, tx *sql.Tx, c *appliance.Case) error {
	raw, err := wire.CaseJSON(c)
	if err != nil {
		s.log.ErrorContext(ctx, "a case cannot be signed off: the protocol does not take it", "case", c.ID, "error", err)
		return appliance.E(appliance.Invalid, "storage.case.unsendable", err)
	}
	at, err := s.stored(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	sealed, err := at.key.Seal("cases", "case_json", caseJSONRow(c.ID, c.Version), raw)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET case_json = ? WHERE id = ?`, sealed, c.ID); err != nil {
		return fmt.Errorf("save case.json: %w", err)
	}
	return nil
}

func openCaseJSON(key *vault.CaseKey, id appliance.CaseID, version int, sealed []byte) ([]byte, error) {
	raw, err := key.Open("cases", "case_json", caseJSONRow(id, version), sealed)
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.case.damaged", err)
	}
	return raw, nil
}

func caseJSONRow(id appliance.CaseID, version int) string {
	return string(id) + "/" + strconv.Itoa(version)
}

// heldRows are the cases that the trust has given its receipt for and that are still here, in the order they were begun,
// with the digest of the last manifest that has a receipt for them. The body is read only where the bytes were not kept.
const heldRows = `SELECT c.id, c.version, c.revision, c.wrapped_key, c.case_json, CASE WHEN c.case_json IS NULL THEN c.body END,
	c.received_at, COALESCE((SELECT r.manifest_digest FROM batch_cases bc JOIN receipts r ON r.batch_id = bc.batch_id
		WHERE bc.case_id = c.id ORDER BY r.batch_id DESC LIMIT 1), '')
	FROM cases c WHERE c.state IN (?, ?) ORDER BY c.seq`

// Held gives the cases of a trust that the device has its receipts for: the device's side of a comparison with the hub, in one
// query. A case that was signed off for another trust is left out: that trust's receipt stands when the box moves on. The
// digests are made anew from the sealed bytes, which costs one decryption for a case; they are stored nowhere, since a
// digest of a patient's record in plain would be a way to test guesses. A case that does not open comes without parts, of
// whichever trust it was, so that the comparison names it and goes on. Unavailable "storage.vault.needed" without a vault.
func (s *Store) Held(ctx context.Context, trust string) ([]wire.ReconcileCase, error) {
	if s.vault == nil {
		return nil, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
	}
	rows, err := s.read.QueryContext(ctx, heldRows, appliance.Receipted, appliance.Purgeable)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	held := []wire.ReconcileCase{}
	for rows.Next() {
		var h heldCase
		var received *int64
		if err := rows.Scan(&h.ID, &h.Version, &h.revision, &h.wrapped, &h.sealed, &h.body, &received, &h.ManifestDigest); err != nil {
			return nil, mapped(err)
		}
		h.ReceivedAt = fromNanos(received)
		c, raw, err := s.receivedCase(h)
		switch {
		case err != nil:
			s.log.ErrorContext(ctx, "a received case does not open", "case", h.ID, "error", err)
		case c.Site.Trust != trust:
			continue
		default:
			h.Parts = wire.EntryOf(c, raw, false).Parts // what a manifest would say of it, case.json first
		}
		held = append(held, h.ReconcileCase)
	}
	return held, mapped(rows.Err())
}

type heldCase struct {
	wire.ReconcileCase
	revision              int64
	wrapped, sealed, body []byte
}

// receivedCase gives a held case as it was signed off, with its case.json.
func (s *Store) receivedCase(h heldCase) (c *appliance.Case, raw []byte, err error) {
	key, err := s.vault.CaseKey(h.wrapped)
	if err != nil {
		return nil, nil, err
	}
	if h.sealed == nil {
		if c, err = openCase(key, h.ID, h.revision, h.body); err == nil {
			raw, err = wire.CaseJSON(c)
		}
	} else if raw, err = openCaseJSON(key, h.ID, h.Version, h.sealed); err == nil {
		c = &appliance.Case{}
		err = json.Unmarshal(raw, c) // not strictly: an older version may have written it
	}
	return c, raw, err
}

// audited is a case's own row in the trail about what became of its sending.
func (s *Store) audited(actor, action string, id appliance.CaseID, reason string) audit.Event {
	return audit.Event{At: s.clock.Now(), Actor: actor, Action: action, Object: string(id), Outcome: "ok", Reason: auditWord(reason)}
}
