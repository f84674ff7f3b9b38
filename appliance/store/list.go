package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the box's image may have no zone files

	"dermbox/appliance"
)

// Filter says which cases a list has; the zero Filter means all of them.
type Filter struct {
	States    []appliance.State   // any of them
	Today     bool                // begun or signed off today, as people in London count days
	NHSNumber appliance.NHSNumber // found by blind index: needs the vault
	Reference string              // "DX-1A2B3C4D", as people read it out; upper or lower case
	Limit     int                 // 0: 200
	Offset    int
}

const (
	defaultLimit = 200
	maxLimit     = 10_000
)

// List gives the cases of the filter, the newest first. A case that does not open is listed without initials and with
// "storage.case.damaged" as its last error; the others are not kept back for it.
func (s *Store) List(ctx context.Context, f Filter) ([]appliance.CaseSummary, error) {
	where, args, err := s.where(f)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	args = append(args, min(limit, maxLimit), max(f.Offset, 0))
	rows, err := s.read.QueryContext(ctx, `SELECT c.id, c.state, c.route, c.wrapped_key, c.initials, c.signed_off_at, c.received_at,
		c.last_error, COALESCE((SELECT MAX(b.number) FROM batch_cases bc JOIN batches b ON b.id = bc.batch_id WHERE bc.case_id = c.id), 0)
		FROM cases c WHERE `+where+` ORDER BY c.seq DESC LIMIT ? OFFSET ?`, args...)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	list := []appliance.CaseSummary{}
	for rows.Next() {
		line, err := s.summary(rows)
		if err != nil {
			return nil, mapped(err)
		}
		list = append(list, line)
	}
	return list, mapped(rows.Err())
}

func (s *Store) summary(rows *sql.Rows) (appliance.CaseSummary, error) {
	var line appliance.CaseSummary
	var wrapped, sealed []byte
	var signedOff, received *int64
	if err := rows.Scan(&line.ID, &line.State, &line.Route, &wrapped, &sealed, &signedOff, &received, &line.LastError, &line.Batch); err != nil {
		return appliance.CaseSummary{}, err
	}
	line.Reference = line.ID.Reference()
	line.SignedOff, line.Received = fromNanos(signedOff), pointer(fromNanos(received))
	if s.vault == nil || wrapped == nil {
		return line, nil
	}
	plain, err := s.openInitials(wrapped, line.ID, sealed)
	if err != nil {
		line.LastError = "storage.case.damaged"
	}
	line.Initials = string(plain)
	return line, nil
}

func (s *Store) openInitials(wrapped []byte, id appliance.CaseID, sealed []byte) ([]byte, error) {
	key, err := s.vault.CaseKey(wrapped)
	if err != nil {
		return nil, err
	}
	return key.Open("cases", "initials", string(id), sealed)
}

// where gives the filter as a condition with its values.
func (s *Store) where(f Filter) (string, []any, error) {
	conditions, args := []string{"1 = 1"}, []any{}
	if len(f.States) > 0 {
		conditions = append(conditions, "c.state IN (?"+strings.Repeat(",?", len(f.States)-1)+")")
		for _, state := range f.States {
			args = append(args, state)
		}
	}
	if f.Today {
		from, to, err := s.today()
		if err != nil {
			return "", nil, err
		}
		conditions = append(conditions, "(c.started_at >= ? AND c.started_at < ? OR c.signed_off_at >= ? AND c.signed_off_at < ?)")
		args = append(args, nanos(from), nanos(to), nanos(from), nanos(to))
	}
	if f.NHSNumber != "" {
		if s.vault == nil {
			return "", nil, appliance.E(appliance.Unavailable, "storage.vault.needed", nil)
		}
		conditions = append(conditions, "c.nhs_index = ?")
		args = append(args, s.nhsIndex(f.NHSNumber))
	}
	if f.Reference != "" {
		prefix, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(f.Reference)), "dx-")
		if !ok || strings.Trim(prefix, "0123456789abcdef") != "" {
			return "", nil, appliance.FieldError("reference", "storage.case.reference")
		}
		conditions = append(conditions, "c.id >= ? AND c.id < ?")
		args = append(args, prefix, prefix+"~")
	}
	return strings.Join(conditions, " AND "), args, nil
}

// today gives the present day in London, from its midnight to the next.
func (s *Store) today() (from, to time.Time, err error) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return from, to, fmt.Errorf("load time zone: %w", err)
	}
	if s.clock == nil {
		return from, to, appliance.E(appliance.Internal, "error.internal", errors.New("store: today's cases without a clock"))
	}
	year, month, day := s.clock.Now().Wall.In(london).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, london), time.Date(year, month, day+1, 0, 0, 0, 0, london), nil
}

// Counts gives how many cases are in each state; a state without any is missing.
func (s *Store) Counts(ctx context.Context) (map[appliance.State]int, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT state, COUNT(*) FROM cases GROUP BY state`)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	counts := map[appliance.State]int{}
	for rows.Next() {
		var state appliance.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, mapped(err)
		}
		counts[state] = n
	}
	return counts, mapped(rows.Err())
}
