package staff

import (
	"context"
	"strconv"
	"time"

	"dermbox/appliance"
)

// Authenticate checks a PIN and gives who it belongs to. Wrong PIN, unknown and disabled id are the same error,
// Unauthorised "staff.sign_in.refused", after about the same work. After five wrong PINs in a row the id is locked for a
// minute, doubled by each further one up to an hour: Unauthorised "staff.sign_in.locked" with the minutes left, whatever
// the PIN. A try is counted durably before it is checked, so that pulling the plug wins no free tries.
func (s *Service) Authenticate(ctx context.Context, id, pin string) (appliance.Operator, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.find(ctx, id)
	if appliance.CodeOf(err) == appliance.NotFound {
		return appliance.Operator{}, s.refuseUnknown(ctx, pin)
	}
	if err != nil {
		return appliance.Operator{}, err
	}
	b, err := s.open(row)
	if err != nil {
		return appliance.Operator{}, err
	}
	if left := row.Lock.remaining(s.clock.Now()); left > 0 {
		return appliance.Operator{}, s.refuse(ctx, id, locked(left))
	}
	row.Failures++
	row.Lock = lockAfter(row.Failures, s.clock.Now())
	if err := s.rows.SaveStaff(ctx, row); err != nil {
		return appliance.Operator{}, err
	}
	ok, err := b.PIN.matches(s.pepper(id, pin))
	if err != nil {
		return appliance.Operator{}, err
	}
	if !ok || b.Member.Disabled {
		return appliance.Operator{}, s.refuse(ctx, id, refusal(row.Lock.For))
	}
	row.Failures, row.Lock = 0, Lock{}
	if err := s.rows.SaveStaff(ctx, row, s.event(id, "staff.sign_in", id, "ok", "")); err != nil {
		return appliance.Operator{}, err
	}
	return b.Member.operator(), nil
}

func (s *Service) find(ctx context.Context, id string) (Row, error) {
	if !idForm.MatchString(id) {
		return Row{}, appliance.E(appliance.NotFound, "staff.unknown", nil)
	}
	return s.rows.StaffRow(ctx, id)
}

// refuseUnknown does the work of a check for an id that is not there. The id is not recorded: people type all sorts of
// things into that field.
func (s *Service) refuseUnknown(ctx context.Context, pin string) error {
	if _, err := s.dummy.matches(s.pepper("", pin)); err != nil {
		return err
	}
	return s.refuse(ctx, "", refusal(0))
}

// refuse records the refusal and gives it back.
func (s *Service) refuse(ctx context.Context, id string, refusal *appliance.Error) error {
	if err := s.rows.Audit(ctx, s.event("kiosk", "staff.sign_in", id, string(refusal.Code), refusal.Key)); err != nil {
		return err
	}
	return refusal
}

// refusal is the answer to a wrong PIN that led to a lock-out of that length, 0 for none.
func refusal(lock time.Duration) *appliance.Error {
	if lock > 0 {
		return locked(lock)
	}
	return appliance.E(appliance.Unauthorised, "staff.sign_in.refused", nil)
}

func locked(left time.Duration) *appliance.Error {
	minutes := int((left + time.Minute - 1) / time.Minute)
	return appliance.E(appliance.Unauthorised, "staff.sign_in.locked", nil, "minutes", strconv.Itoa(minutes))
}
