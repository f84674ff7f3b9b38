package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/vault"
)

// CreateCase makes a draft durable. Its id must be new and its state Draft; its Revision is 1 afterwards.
func (s *Store) CreateCase(ctx context.Context, c *appliance.Case, e audit.Event) error {
	if !appliance.ValidID(string(c.ID)) || c.State != appliance.Draft {
		return appliance.E(appliance.Invalid, "storage.case.not_draft", nil)
	}
	wrapped, err := s.vault.NewCaseKey()
	if err != nil {
		return err
	}
	key, err := s.vault.CaseKey(wrapped)
	if err != nil {
		return err
	}
	fresh := *c
	fresh.Revision = 1
	sealed, err := s.sealCase(key, &fresh)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cases
			(id, state, revision, version, route, demonstration, started_at, updated_at, nhs_index, wrapped_key, initials, body)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
			c.ID, c.State, fresh.Revision, c.Version, c.Route, c.Demonstration, nanos(c.Started.Wall),
			nanos(s.clock.Now().Wall), sealed.nhs, wrapped, sealed.initials, sealed.body)
		if isUnique(err) {
			return appliance.E(appliance.Conflict, "storage.case.exists", err)
		}
		return err
	}, about(e, c.ID))
	if err == nil {
		c.Revision = fresh.Revision
	}
	return err
}

// SaveCase makes one step of a visit durable together with its audit events, of which there must be one at least. The case
// must be open, its stored revision that of c, and c.State a state that may follow. Errors are *appliance.Error: NotFound,
// or Conflict "storage.case.moved_on" (somebody saved since c was read), "storage.case.frozen" (signed off or given up) and
// "storage.case.state". On success c has the new revision; otherwise c is as it was.
func (s *Store) SaveCase(ctx context.Context, c *appliance.Case, events ...audit.Event) error {
	if len(events) == 0 {
		return appliance.E(appliance.Internal, "error.internal", errors.New("store: a step without an audit event"))
	}
	if !c.State.Open() && c.State != appliance.Abandoned {
		return appliance.E(appliance.Conflict, "storage.case.state", nil, "from", "", "to", string(c.State))
	}
	err := s.tx(ctx, func(tx *sql.Tx) error { return s.update(ctx, tx, c) }, aboutAll(events, c.ID)...)
	return s.saved(c, err)
}

// Case gives a case as it was last saved. The error is NotFound, Unverified when its sealed columns do not open, or
// Unavailable "storage.vault.needed" on a store without a vault.
func (s *Store) Case(ctx context.Context, id appliance.CaseID) (*appliance.Case, error) {
	c, _, err := s.load(ctx, s.read, id)
	return c, err
}

// CaseKey gives the data key of a case: for its images. Errors are those of Case.
func (s *Store) CaseKey(ctx context.Context, id appliance.CaseID) (*vault.CaseKey, error) {
	if s.vault == nil {
		return nil, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
	}
	var wrapped []byte
	err := s.read.QueryRowContext(ctx, `SELECT wrapped_key FROM cases WHERE id = ?`, id).Scan(&wrapped)
	if err != nil {
		return nil, orNotFound(err, "storage.case.not_found")
	}
	if wrapped == nil {
		return nil, appliance.E(appliance.NotFound, "storage.case.erased", ErrNotFound)
	}
	return s.vault.CaseKey(wrapped)
}

// update writes c over the stored case of the same id, within tx. It does not touch c.
func (s *Store) update(ctx context.Context, tx *sql.Tx, c *appliance.Case) error {
	at, err := s.stored(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	switch {
	case !at.state.Open():
		return appliance.E(appliance.Conflict, "storage.case.frozen", nil)
	case at.revision != c.Revision:
		return appliance.E(appliance.Conflict, "storage.case.moved_on", nil)
	}
	if err := checkMove(at.state, c.State); err != nil {
		return err
	}
	next := *c
	next.Revision++
	sealed, err := s.sealCase(at.key, &next)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET revision = ?, version = ?, route = ?, updated_at = ?, signed_off_at = ?,
		initials = ?, body = ? WHERE id = ?`, next.Revision, next.Version, next.Route, nanos(s.clock.Now().Wall),
		nanos(next.SignedOff.Wall), sealed.initials, sealed.body, c.ID); err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	// Indexed columns apart and only when they change: writing them again would write their indexes' pages again.
	if _, err := tx.ExecContext(ctx, `UPDATE cases SET state = ?1, nhs_index = ?2
		WHERE id = ?3 AND (state IS NOT ?1 OR nhs_index IS NOT ?2)`, next.State, sealed.nhs, c.ID); err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	return s.writeTimings(ctx, tx, c.ID)
}

// saved moves c to its new revision after a commit, and lets go of what went with it.
func (s *Store) saved(c *appliance.Case, err error) error {
	if err != nil {
		return err
	}
	c.Revision++
	s.forgetTimings(c.ID)
	return nil
}

// position is where a stored case stands.
type position struct {
	state    appliance.State
	revision int64
	key      *vault.CaseKey
}

func (s *Store) stored(ctx context.Context, tx *sql.Tx, id appliance.CaseID) (position, error) {
	var at position
	var wrapped []byte
	err := tx.QueryRowContext(ctx, `SELECT state, revision, wrapped_key FROM cases WHERE id = ?`, id).
		Scan(&at.state, &at.revision, &wrapped)
	if err != nil {
		return position{}, orNotFound(err, "storage.case.not_found")
	}
	at.key, err = s.vault.CaseKey(wrapped)
	return at, err
}

// load reads a case and its key. From is the reading pool or a transaction.
func (s *Store) load(ctx context.Context, from audit.Querier, id appliance.CaseID) (*appliance.Case, *vault.CaseKey, error) {
	if s.vault == nil {
		return nil, nil, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
	}
	var state appliance.State
	var revision int64
	var wrapped, body []byte
	err := from.QueryRowContext(ctx, `SELECT state, revision, wrapped_key, body FROM cases WHERE id = ?`, id).
		Scan(&state, &revision, &wrapped, &body)
	if err != nil {
		return nil, nil, orNotFound(err, "storage.case.not_found")
	}
	if wrapped == nil || body == nil {
		return nil, nil, appliance.E(appliance.NotFound, "storage.case.erased", ErrNotFound)
	}
	key, err := s.vault.CaseKey(wrapped)
	if err != nil {
		return nil, nil, err
	}
	c, err := openCase(key, id, revision, body)
	if err != nil {
		return nil, nil, err
	}
	c.State, c.Revision = state, revision
	return c, key, nil
}

// about fills in the case as the event's object.
func about(e audit.Event, id appliance.CaseID) audit.Event {
	if e.Object == "" {
		e.Object = string(id)
	}
	return e
}

func aboutAll(events []audit.Event, id appliance.CaseID) []audit.Event {
	out := make([]audit.Event, len(events))
	for i, e := range events {
		out[i] = about(e, id)
	}
	return out
}
