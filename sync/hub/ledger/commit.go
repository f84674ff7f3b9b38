package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// Judged is a case of a batch whose parts are complete and whose case.json was read.
type Judged struct {
	Entry wire.CaseEntry
	Case  *appliance.Case // nil when it could not be read
	Code  wire.ErrorCode  // why it is rejected for good, "" if it is not
}

// Signed is a signed receipt.
type Signed struct {
	Envelope []byte
	Digest   string // of the payload
	KeyID    string
}

// Offered is an offer as it is kept.
type Offered struct {
	Row      int64
	State    string
	Envelope []byte // the manifest's
	Receipt  []byte // the receipt's envelope, of a committed offer
}

// Offered gives the device's offer of that digest; NotFound when there is none in its scope.
func (l *Ledger) Offered(ctx context.Context, d Device, digest string) (Offered, error) {
	o, err := offered(ctx, l.read, d, digest)
	return o, mapped("look an offer up", err)
}

func offered(ctx context.Context, q querier, d Device, digest string) (Offered, error) {
	var o Offered
	err := q.QueryRowContext(ctx, `SELECT id, state, envelope, receipt FROM offers
		WHERE trust = ? AND site = ? AND device = ? AND digest = ?`, d.Trust, d.Site, d.ID, digest).
		Scan(&o.Row, &o.State, &o.Envelope, &o.Receipt)
	if errors.Is(err, sql.ErrNoRows) {
		return Offered{}, appliance.E(appliance.NotFound, "sync.wire.code.unknown_batch", nil)
	}
	return o, err
}

// Commit accepts the cases of an offer and keeps its receipt, all in one transaction, and gives the receipt. A second
// commit of the same offer, also one at the same time, gives the first one's receipt.
//
// Sign is called at most once, with one result for each case in their order and the time of the receipt.
func (l *Ledger) Commit(ctx context.Context, d Device, digest string, cases []Judged,
	sign func([]wire.CaseResult, time.Time) (Signed, error)) ([]byte, error) {
	var receipt []byte
	err := l.change(ctx, "commit a batch", func(tx *sql.Tx) error {
		o, err := offered(ctx, tx, d, digest)
		if err != nil {
			return err
		}
		if o.State == StateCommitted {
			receipt = o.Receipt
			return nil
		}
		now := l.now()
		results := make([]wire.CaseResult, len(cases))
		for i, j := range cases {
			if results[i], err = l.accept(ctx, tx, d, o.Row, j, now); err != nil {
				return err
			}
		}
		s, err := sign(results, now)
		if err != nil {
			return err
		}
		receipt = s.Envelope
		_, err = tx.ExecContext(ctx, `UPDATE offers SET state = ?, committed_at = ?, receipt = ?, receipt_digest = ?, receipt_key = ?
			WHERE id = ?`, StateCommitted, text(now), s.Envelope, s.Digest, s.KeyID, o.Row)
		if err != nil {
			return err
		}
		return l.note(ctx, tx, d.ID, "batch.commit", digest, "ok", s.Digest)
	})
	if err != nil {
		return nil, err
	}
	return receipt, nil
}

// accept puts one case into the book, or says why not.
func (l *Ledger) accept(ctx context.Context, tx *sql.Tx, d Device, offer int64, j Judged, now time.Time) (wire.CaseResult, error) {
	result := wire.CaseResult{ID: j.Entry.ID, Version: j.Entry.Version, Outcome: wire.Rejected, Code: j.Code}
	h, err := held(ctx, tx, d, j.Entry)
	if err != nil {
		return result, err
	}
	switch {
	case h.same: // whatever would be said of a new one: the trust took these very bytes in
		result.Outcome, result.Code = wire.Duplicate, ""
		if err := errors.Join(hold(ctx, tx, d, j.Entry), heal(ctx, tx, d, j.Entry)); err != nil {
			return result, err
		}
	case h.found && (j.Code == "" || j.Code == wire.CaseSite):
		result.Code = wire.CaseConflict
		if err := l.alarm(ctx, tx, d, AlarmConflict, string(j.Entry.ID)); err != nil {
			return result, err
		}
	case j.Code == "":
		result.Outcome = wire.Accepted
		err := l.insertCase(ctx, tx, d, offer, j, now)
		if err == nil {
			err = hold(ctx, tx, d, j.Entry)
		}
		if err != nil {
			return result, err
		}
	}
	object := fmt.Sprintf("%s/%d", j.Entry.ID, j.Entry.Version)
	return result, l.note(ctx, tx, d.ID, "case.receive", object, string(result.Outcome), string(result.Code))
}

// hold notes that the device was told that the trust holds the case.
func hold(ctx context.Context, tx *sql.Tx, d Device, c wire.CaseEntry) error {
	_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO holders (case_row, site, device)
		SELECT id, ?, ? FROM cases WHERE trust = ? AND case_id = ? AND version = ?`, d.Site, d.ID, d.Trust, c.ID, c.Version)
	return err
}

// insertCase files the case under the site where the patient was seen, which a box that moved brings from another.
func (l *Ledger) insertCase(ctx context.Context, tx *sql.Tx, d Device, offer int64, j Judged, now time.Time) error {
	digest, err := content(j.Entry)
	if err != nil {
		return err
	}
	wrapped, patient, err := l.sealPatient(j.Case)
	if err != nil {
		return err
	}
	route := j.Case.Route
	result, err := tx.ExecContext(ctx, `INSERT INTO cases (trust, site, device, case_id, version, offer, content, urgent,
		demonstration, route, urgency, lesions, signed_off, received_at, wrapped_key, patient, nhs_index)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.Trust, j.Case.Site.Code, d.ID, j.Entry.ID, j.Entry.Version, offer, digest,
		j.Entry.Urgent, j.Case.Demonstration, route, route.Urgency(), len(j.Case.Lesions), text(j.Case.SignedOff.Wall), text(now), wrapped, patient,
		l.nhsIndex(j.Case.Patient.NHSNumber))
	if err != nil {
		return err
	}
	row, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for i, p := range j.Entry.Parts {
		_, err := tx.ExecContext(ctx, `INSERT INTO case_parts (case_row, ord, part, role, media_type, capture_id)
			SELECT ?, ?, id, ?, ?, ? FROM parts WHERE trust = ? AND site = ? AND device = ? AND sha256 = ? AND completed_at <> '' AND damaged_at = ''`,
			row, i, p.Role, p.MediaType, p.CaptureID, d.Trust, d.Site, d.ID, p.SHA256)
		if err != nil {
			return err
		}
	}
	return wantParts(ctx, tx, row, len(j.Entry.Parts))
}

// wantParts refuses to accept a case of which a part is not complete: nothing is receipted that is not durable.
func wantParts(ctx context.Context, tx *sql.Tx, row int64, want int) error {
	var have int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM case_parts WHERE case_row = ?`, row).Scan(&have)
	if err == nil && have != want {
		err = appliance.E(appliance.Conflict, "sync.wire.code.parts_missing", nil)
	}
	return err
}

// sealPatient makes the case's own key and seals the patient under it.
func (l *Ledger) sealPatient(c *appliance.Case) (wrapped, sealed []byte, err error) {
	if wrapped, err = l.vault.NewCaseKey(); err != nil {
		return nil, nil, err
	}
	key, err := l.vault.CaseKey(wrapped)
	if err != nil {
		return nil, nil, err
	}
	plain, err := json.Marshal(c.Patient)
	if err != nil {
		return nil, nil, errors.New("a patient cannot be encoded")
	}
	sealed, err = key.Seal("cases", "patient", caseRow(c.ID, c.Version), plain)
	return wrapped, sealed, err
}

func caseRow(id appliance.CaseID, version int) string { return fmt.Sprintf("%s/%d", id, version) }

// nhsIndex finds a patient's cases without holding the number; patients without one are not found by it.
func (l *Ledger) nhsIndex(n appliance.NHSNumber) []byte {
	if n == "" {
		return []byte{}
	}
	return l.vault.BlindIndex("nhs_number", string(n))
}
