package staff

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// Vault seals rows and lends the box's secret. *vault.Vault is one.
type Vault interface {
	Seal(table, column, row string, plain []byte) ([]byte, error)
	Open(table, column, row string, sealed []byte) ([]byte, error)
	BlindIndex(domain, value string) []byte
}

// Options are what a Service works with. Params may be zero: then DefaultParams hold.
type Options struct {
	Rows   Rows
	Vault  Vault
	Clock  appliance.Clock
	Params Params
}

// Service is the box's staff list. It is safe for concurrent use; sign-ins are checked one after another.
type Service struct {
	rows   Rows
	vault  Vault
	clock  appliance.Clock
	params Params
	dummy  verifier // checked for unknown ids, so that they take as long as known ones

	mu sync.Mutex
}

// New makes a Service over the rows.
func New(o Options) *Service {
	s := &Service{rows: o.Rows, vault: o.Vault, clock: o.Clock, params: o.Params}
	if s.params == (Params{}) {
		s.params = DefaultParams()
	}
	s.dummy = verifier{Params: s.params, Salt: make([]byte, saltSize), Hash: make([]byte, hashSize)}
	return s
}

// body is the sealed part of a row.
type body struct {
	Member Member   `json:"member"`
	PIN    verifier `json:"pin"`
}

// Add adds a member with a PIN. Actor is the operator id of whoever does it. Errors: Invalid naming the field, Conflict
// "staff.exists" for an id that is taken.
func (s *Service) Add(ctx context.Context, actor string, m Member, pin string) error {
	if err := m.check(); err != nil {
		return err
	}
	if err := CheckPIN(pin); err != nil {
		return err
	}
	m.Disabled = false
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.seal(Row{ID: m.ID}, body{Member: m, PIN: s.newVerifier(m.ID, pin)})
	if err != nil {
		return err
	}
	return s.rows.AddStaff(ctx, row, s.event(actor, "staff.add", m.ID, "ok", m.Role))
}

// Disable keeps a member from signing in; who they were stays on record.
func (s *Service) Disable(ctx context.Context, actor, id string) error {
	return s.change(ctx, id, s.event(actor, "staff.disable", id, "ok", ""), func(_ *Row, b *body) { b.Member.Disabled = true })
}

// ResetPIN gives a member a new PIN and ends a lock-out.
func (s *Service) ResetPIN(ctx context.Context, actor, id, pin string) error {
	if err := CheckPIN(pin); err != nil {
		return err
	}
	return s.change(ctx, id, s.event(actor, "staff.pin_reset", id, "ok", ""), func(r *Row, b *body) {
		b.PIN = s.newVerifier(id, pin)
		r.Failures, r.Lock = 0, Lock{}
	})
}

// List gives all members by id, the disabled ones too, and the ids of entries that are damaged: those people cannot sign in, and
// nobody else is kept from it.
func (s *Service) List(ctx context.Context) (members []Member, damaged []string, err error) {
	rows, err := s.rows.StaffRows(ctx)
	if err != nil {
		return nil, nil, err
	}
	members = make([]Member, 0, len(rows))
	for _, row := range rows {
		b, err := s.open(row)
		if err != nil {
			damaged = append(damaged, row.ID)
			continue
		}
		members = append(members, b.Member)
	}
	return members, damaged, nil
}

func (s *Service) change(ctx context.Context, id string, e audit.Event, edit func(*Row, *body)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.rows.StaffRow(ctx, id)
	if err != nil {
		return err
	}
	b, err := s.open(row)
	if err != nil {
		return err
	}
	edit(&row, &b)
	if row, err = s.seal(row, b); err != nil {
		return err
	}
	return s.rows.SaveStaff(ctx, row, e)
}

func (s *Service) seal(r Row, b body) (Row, error) {
	plain, err := json.Marshal(b)
	if err != nil {
		return Row{}, fmt.Errorf("encode staff row: %w", err)
	}
	r.Body, err = s.vault.Seal("staff", "body", r.ID, plain)
	return r, err
}

func (s *Service) open(r Row) (body, error) {
	plain, err := s.vault.Open("staff", "body", r.ID, r.Body)
	if err != nil {
		return body{}, appliance.E(appliance.Unverified, "staff.damaged", err)
	}
	var b body
	if err := json.Unmarshal(plain, &b); err != nil {
		return body{}, appliance.E(appliance.Unverified, "staff.damaged", nil)
	}
	return b, nil
}

func (s *Service) event(actor, action, object, outcome, reason string) audit.Event {
	return audit.Event{At: s.clock.Now(), Actor: actor, Action: action, Object: object, Outcome: outcome, Reason: reason}
}
