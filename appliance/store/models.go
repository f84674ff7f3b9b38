package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// SaveModelAct makes durable what was done to the model packs, or refused, in one transaction with its audit row. A row of an
// activation or rollback that succeeded is the activation: from its commit on that pack is the one in force.
func (s *Store) SaveModelAct(ctx context.Context, a appliance.ModelAct) error {
	if a.At == (appliance.Stamp{}) {
		a.At = s.clock.Now()
	}
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode act on a model: %w", err)
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO model_acts (at, action, outcome, digest, in_force, body) VALUES (?,?,?,?,?,?)`,
			nanos(a.At.Wall), a.Action, a.Outcome, a.Model.Digest, a.InForce(), string(body))
		return err
	}, modelEvent(a))
}

// modelEvent is the audit row of an act. Its object is the pack by name; digests and engine are among its versions.
func modelEvent(a appliance.ModelAct) audit.Event {
	e := audit.Event{At: a.At, Actor: a.Actor, Action: a.Action, Object: "model", Outcome: a.Outcome, Reason: a.Reason,
		Versions: map[string]string{}}
	if a.Model.ID != "" {
		e.Object = auditWord("model/" + a.Model.ID + "/" + a.Model.Version)
	}
	if a.Key != "" {
		e.Reason = auditWord(a.Key)
	}
	for name, value := range map[string]string{"model": a.Model.Digest, "status": a.Model.Status, "engine": a.Model.Engine,
		"previous": a.Previous.Digest, "asked_for": a.Reason} {
		if value != "" {
			e.Versions[name] = value
		}
	}
	return e
}

// ModelInForce gives the act that made the model the one in force, the zero act where none ever was. A record that cannot be read
// is Unverified "storage.model_record": nobody knows then which model was approved, and none may run.
func (s *Store) ModelInForce(ctx context.Context) (appliance.ModelAct, error) {
	var body string
	err := s.read.QueryRowContext(ctx, `SELECT body FROM model_acts WHERE in_force = 1 ORDER BY seq DESC LIMIT 1`).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return appliance.ModelAct{}, nil
	}
	if err != nil {
		return appliance.ModelAct{}, mapped(err)
	}
	var a appliance.ModelAct
	if err := json.Unmarshal([]byte(body), &a); err != nil || !a.InForce() || a.Model.Digest == "" {
		return appliance.ModelAct{}, appliance.E(appliance.Unverified, "storage.model_record", err)
	}
	return a, nil
}

// LastModelAction gives the newest action that was carried out on the pack with this digest; "" where none was.
func (s *Store) LastModelAction(ctx context.Context, digest string) (action string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT action FROM model_acts WHERE digest = ? AND outcome = 'ok' ORDER BY seq DESC LIMIT 1`, digest).Scan(&action)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return action, mapped(err)
}

// ModelDone says whether an action on the pack with this digest was ever carried out, or, with refused, refused for good. What
// failed because something was not available for the moment does not count.
func (s *Store) ModelDone(ctx context.Context, action, digest string, refused bool) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM model_acts WHERE digest = ? AND action = ? AND (outcome = 'ok' OR ? AND outcome != ?)`,
		digest, action, refused, string(appliance.Unavailable)).Scan(&n)
	return n > 0, mapped(err)
}
