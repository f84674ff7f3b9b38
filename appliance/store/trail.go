package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"time"

	"dermbox/appliance/audit"
)

// auditWord makes a key or code fit for an audit row; what may not be there becomes "_".
func auditWord(key string) string {
	return notInWord.ReplaceAllString(key[:min(len(key), 128)], "_")
}

var notInWord = regexp.MustCompile(`[^A-Za-z0-9_.:/@+-]`)

// Audit writes events that go with no other change, in a durable commit of their own: sign-ins, refusals, exports.
func (s *Store) Audit(ctx context.Context, events ...audit.Event) error {
	return s.tx(ctx, func(*sql.Tx) error { return nil }, events...)
}

// VerifyAudit walks the whole audit trail and holds it against every head that was sent to the trust in a batch.
func (s *Store) VerifyAudit(ctx context.Context) (audit.Report, error) {
	heads, err := s.sentHeads(ctx)
	if err != nil {
		return audit.Report{}, err
	}
	report, err := audit.Verify(ctx, s.read, heads...)
	return report, mapped(err)
}

func (s *Store) sentHeads(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT audit_head FROM batches WHERE audit_head != ''`)
	if err != nil {
		return nil, mapped(err)
	}
	defer rows.Close()
	var heads []string
	for rows.Next() {
		var head string
		if err := rows.Scan(&head); err != nil {
			return nil, mapped(err)
		}
		heads = append(heads, head)
	}
	return heads, mapped(rows.Err())
}

// LastSeen gives the latest wall time of the audit trail that a synchronised clock gave, the zero time if there is none:
// a clock that shows less is wrong.
func (s *Store) LastSeen(ctx context.Context) (time.Time, error) {
	var wall string
	err := s.read.QueryRowContext(ctx, `SELECT wall FROM audit WHERE quality = 'synchronised' ORDER BY seq DESC LIMIT 1`).Scan(&wall)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, mapped(err)
	}
	at, err := time.Parse(time.RFC3339Nano, wall)
	return at, mapped(err)
}
