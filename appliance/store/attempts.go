package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/vault"
)

// Attempt is one press of Capture, whether or not its still was kept.
type Attempt struct {
	ID      string             `json:"id"` // a press that is kept later keeps its id: the row is replaced
	Lesion  appliance.LesionID `json:"lesion_id"`
	View    appliance.View     `json:"view"`
	At      appliance.Stamp    `json:"at"`
	Outcome string             `json:"outcome"`          // "kept", "held", or the key of the refusal
	Reason  string             `json:"reason,omitempty"` // why a poor still was kept all the same
	Verdict appliance.Verdict  `json:"verdict"`
}

// SaveAttempt makes a press of Capture durable that kept nothing, with its scores and its audit row.
func (s *Store) SaveAttempt(ctx context.Context, id appliance.CaseID, a Attempt) error {
	e := audit.Event{Actor: intakeActor, Action: "capture.attempt", Object: string(id), Outcome: "refused", Reason: auditWord(a.Outcome)}
	if a.gaveFrame() {
		e.Outcome = "ok"
	}
	return s.tx(ctx, func(tx *sql.Tx) error { return s.putAttempts(ctx, tx, id, []Attempt{a}) }, e)
}

// intakeActor is who the audit trail names for a press whose operator the visit's other rows name.
const intakeActor = "intake"

// The outcomes of a press that gave a frame. Any other is the key of a refusal.
const (
	OutcomeKept = "kept"
	OutcomeHeld = "held" // poor: it waits for the HCA's decision
)

func (a Attempt) gaveFrame() bool { return a.Outcome == OutcomeKept || a.Outcome == OutcomeHeld }

func (s *Store) putAttempts(ctx context.Context, tx *sql.Tx, id appliance.CaseID, attempts []Attempt) error {
	if len(attempts) == 0 {
		return nil
	}
	at, err := s.stored(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		plain, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode attempt: %w", err)
		}
		body, err := at.key.Seal("attempts", "body", a.ID, plain)
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO attempts (id, case_id, lesion_id, at, outcome, body) VALUES (?,?,?,?,?,?)
			ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, body = excluded.body WHERE case_id = excluded.case_id`,
			a.ID, id, a.Lesion, nanos(a.At.Wall), a.Outcome, body)
		if err != nil {
			return fmt.Errorf("save attempt: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return appliance.E(appliance.Conflict, "storage.capture.exists", err)
		}
	}
	return nil
}

// Attempts gives every press of Capture of the case, oldest first, with its scores. Records that are damaged are left out: then
// the error is Unverified "storage.case.damaged", and the others are given beside it.
func (s *Store) Attempts(ctx context.Context, id appliance.CaseID) ([]Attempt, error) {
	key, err := s.CaseKey(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, body FROM attempts WHERE case_id = ? ORDER BY rowid`, id)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	var attempts []Attempt
	var damaged error
	for rows.Next() {
		var rowID string
		var body []byte
		if err := rows.Scan(&rowID, &body); err != nil {
			return nil, mapped(err)
		}
		a, err := openAttempt(key, rowID, body)
		if err != nil {
			damaged = err
			continue
		}
		attempts = append(attempts, a)
	}
	if err := rows.Err(); err != nil {
		return nil, mapped(err)
	}
	return attempts, damaged
}

func openAttempt(key *vault.CaseKey, rowID string, body []byte) (Attempt, error) {
	plain, err := key.Open("attempts", "body", rowID, body)
	if err != nil {
		return Attempt{}, appliance.E(appliance.Unverified, "storage.case.damaged", err)
	}
	var a Attempt
	if err := json.Unmarshal(plain, &a); err != nil {
		return Attempt{}, appliance.E(appliance.Unverified, "storage.case.damaged", errors.New("attempt is no JSON"))
	}
	return a, nil
}
