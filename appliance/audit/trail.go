package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"dermbox/appliance"
)

// Querier is what reading the trail needs: *sql.DB, *sql.Tx and *sql.Conn have it.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Tx is what appending needs: a transaction that took the write lock when it began, so that the last row stays the last.
type Tx interface {
	Querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

const columns = `seq, previous, hash, wall, mono, boot, quality, actor, action, object, outcome, reason, versions`

// Append adds events to the end of the trail, in the transaction of what they record: both become durable or neither. It
// refuses an event whose fields are not ids, codes or keys.
func Append(ctx context.Context, tx Tx, events ...Event) error {
	seq, previous, err := last(ctx, tx)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := e.check(); err != nil {
			return err
		}
		seq++
		r, err := newRow(seq, previous, e)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO audit (`+columns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`,
			r.seq, r.previous, r.hash, r.wall, r.mono, r.boot, r.quality,
			r.actor, r.action, r.object, r.outcome, r.reason, r.versions); err != nil {
			return fmt.Errorf("append audit row: %w", err)
		}
		previous = r.hash
	}
	return nil
}

// Head gives the hash of the last row as "sha256:" and hex: whoever notes it can tell later whether the trail up to there is
// still whole. It is "" for an empty trail.
func Head(ctx context.Context, q Querier) (string, error) {
	seq, hash, err := last(ctx, q)
	if err != nil || seq == 0 {
		return "", err
	}
	return name(hash), nil
}

// Report is what Verify found.
type Report struct {
	Rows int64  `json:"rows"`
	Head string `json:"head"`
}

// Verify walks the whole trail. The error is an *appliance.Error with code Unverified that names the first row that was
// changed, removed, moved or slipped in, or the first of the heads noted earlier that is no longer in the trail, which
// means that its end was cut off or rewritten.
func Verify(ctx context.Context, q Querier, heads ...string) (Report, error) {
	report := Report{}
	previous := genesis()
	missing := slices.Clone(heads)
	err := walk(ctx, q, `SELECT `+columns+` FROM audit ORDER BY seq`, func(r row) error {
		if r.seq != report.Rows+1 || !bytes.Equal(r.previous, previous) || !bytes.Equal(r.hash, r.sum()) {
			return appliance.E(appliance.Unverified, "storage.audit.broken", nil, "row", fmt.Sprint(report.Rows+1))
		}
		previous = r.hash
		report = Report{Rows: r.seq, Head: name(r.hash)}
		missing = slices.DeleteFunc(missing, func(h string) bool { return h == report.Head || h == "" })
		return nil
	})
	if err == nil && len(missing) > 0 {
		err = appliance.E(appliance.Unverified, "storage.audit.cut", nil, "rows", fmt.Sprint(report.Rows))
	}
	return report, err
}

// Of gives the events of one object, oldest first, at most limit of them.
func Of(ctx context.Context, q Querier, object string, limit int) ([]Event, error) {
	var events []Event
	err := walk(ctx, q, `SELECT `+columns+` FROM audit WHERE object = ? ORDER BY seq LIMIT ?`, func(r row) error {
		events = append(events, r.event())
		return nil
	}, object, limit)
	return events, err
}

func walk(ctx context.Context, q Querier, query string, visit func(row) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read audit trail: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.seq, &r.previous, &r.hash, &r.wall, &r.mono, &r.boot, &r.quality,
			&r.actor, &r.action, &r.object, &r.outcome, &r.reason, &r.versions); err != nil {
			return fmt.Errorf("read audit row: %w", err)
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read audit trail: %w", err)
	}
	return nil
}

func last(ctx context.Context, q Querier) (seq int64, hash []byte, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, genesis(), nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read end of audit trail: %w", err)
	}
	return seq, hash, nil
}

// genesis is what the first row names as its previous hash.
func genesis() []byte { return make([]byte, sha256.Size) }

func name(hash []byte) string { return "sha256:" + hex.EncodeToString(hash) }
