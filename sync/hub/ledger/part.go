package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/vault"
	"dermbox/sync/wire"
)

// Part is a part in a device's scope and what of it is durable.
type Part struct {
	Row       int64
	SHA256    string
	Size      int64
	Received  int64 // bytes that are durable, from the first on
	Completed time.Time
	Damaged   time.Time // found to be no longer as it was received; zero if not
	Segments  []Segment // the sealed files that hold them, in order
	wrapped   []byte
}

// Segment is one sealed file of a part.
type Segment struct {
	Name        string
	Start, Size int64
}

type rowsQuerier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Complete says whether every byte is durable and the digest was verified.
func (p Part) Complete() bool { return !p.Completed.IsZero() }

// Whole says whether the part is complete and nobody found it damaged since.
func (p Part) Whole() bool { return p.Complete() && p.Damaged.IsZero() }

// Name is what the part's sealed files are bound to. Rows are never used twice.
func (p Part) Name() string { return fmt.Sprintf("part-%d", p.Row) }

// PartKey unwraps the part's own key.
func (l *Ledger) PartKey(p Part) (*vault.CaseKey, error) { return l.vault.CaseKey(p.wrapped) }

const partColumns = `id, sha256, size, received, completed_at, damaged_at, wrapped_key`

// Part gives the part of that SHA-256 in the device's own scope; NotFound when none of its offers named it, whoever else
// may hold the same bytes.
func (l *Ledger) Part(ctx context.Context, d Device, sha256 string) (Part, error) {
	p, err := scanPart(l.read.QueryRowContext(ctx, `SELECT `+partColumns+` FROM parts
		WHERE trust = ? AND site = ? AND device = ? AND sha256 = ?`, d.Trust, d.Site, d.ID, sha256))
	if errors.Is(err, sql.ErrNoRows) {
		return Part{}, appliance.E(appliance.NotFound, "sync.wire.code.unknown_part", nil)
	}
	if err != nil {
		return Part{}, mapped("look a part up", err)
	}
	p.Segments, err = l.segments(ctx, p.Row)
	return p, err
}

func scanPart(row scanner) (Part, error) {
	var p Part
	var completed, damaged string
	if err := row.Scan(&p.Row, &p.SHA256, &p.Size, &p.Received, &completed, &damaged, &p.wrapped); err != nil {
		return Part{}, err
	}
	return p, moments(pair{completed, &p.Completed}, pair{damaged, &p.Damaged})
}

func (l *Ledger) segments(ctx context.Context, part int64) ([]Segment, error) {
	return segments(ctx, l.read, part)
}

func segments(ctx context.Context, q rowsQuerier, part int64) ([]Segment, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, start, size FROM segments WHERE part = ? ORDER BY start`, part)
	if err != nil {
		return nil, mapped("list sealed files", err)
	}
	defer rows.Close()
	var all []Segment
	for rows.Next() {
		var s Segment
		if err := rows.Scan(&s.Name, &s.Start, &s.Size); err != nil {
			return nil, mapped("list sealed files", err)
		}
		all = append(all, s)
	}
	return all, mapped("list sealed files", rows.Err())
}

// nameParts makes a row for every part of a manifest that the device's scope does not know yet.
func (l *Ledger) nameParts(ctx context.Context, tx *sql.Tx, d Device, m wire.Manifest) error {
	for _, p := range m.Parts() {
		var size int64
		err := tx.QueryRowContext(ctx, `SELECT size FROM parts WHERE trust = ? AND site = ? AND device = ? AND sha256 = ?`,
			d.Trust, d.Site, d.ID, p.SHA256).Scan(&size)
		if err == nil && size != p.Size {
			return appliance.FieldError("cases", "sync.wire.malformed", "what", "manifest", "field", "size")
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		wrapped, err := l.vault.NewCaseKey()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO parts (trust, site, device, sha256, size, wrapped_key, named_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, d.Trust, d.Site, d.ID, p.SHA256, p.Size, wrapped, text(l.now()))
		if err != nil {
			return err
		}
	}
	return nil
}

func missing(ctx context.Context, tx *sql.Tx, d Device, m wire.Manifest) ([]wire.Part, error) {
	var all []wire.Part
	for _, p := range m.Parts() {
		var complete bool
		err := tx.QueryRowContext(ctx, `SELECT completed_at <> '' FROM parts WHERE trust = ? AND site = ? AND device = ? AND sha256 = ?`,
			d.Trust, d.Site, d.ID, p.SHA256).Scan(&complete)
		if err != nil {
			return nil, err
		}
		if !complete {
			all = append(all, p)
		}
	}
	return all, nil
}

// Advance makes a durable sealed file part of its part. Complete says that the whole is there and its digest was verified.
// The error is a Conflict when the file does not follow the last one: another connection was faster.
func (l *Ledger) Advance(ctx context.Context, part Part, s Segment, complete bool) error {
	return l.change(ctx, "note received bytes", func(tx *sql.Tx) error {
		done := ""
		if complete {
			done = text(l.now())
		}
		result, err := tx.ExecContext(ctx, `UPDATE parts SET received = ?, completed_at = ?
			WHERE id = ? AND received = ? AND completed_at = ''`, s.Start+s.Size, done, part.Row, s.Start)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, appliance.E(appliance.Conflict, "sync.wire.code.offset", nil))
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO segments (part, start, size, name) VALUES (?, ?, ?, ?)`,
			part.Row, s.Start, s.Size, s.Name)
		return err
	})
}

// Complete notes that all bytes of the part, in several files, gave its digest.
func (l *Ledger) Complete(ctx context.Context, part Part) error {
	return l.change(ctx, "note a complete part", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE parts SET completed_at = ? WHERE id = ? AND received = size`, text(l.now()), part.Row)
		return err
	})
}

// Discard forgets every byte of a part whose digest was another one: it starts from 0 under a new key. The caller removes
// the files afterwards.
func (l *Ledger) Discard(ctx context.Context, d Device, part Part) error {
	return l.change(ctx, "discard a part", func(tx *sql.Tx) error {
		wrapped, err := l.vault.NewCaseKey()
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM segments WHERE part = ?`, part.Row); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE parts SET received = 0, completed_at = '', wrapped_key = ? WHERE id = ?`, wrapped, part.Row)
		if err != nil {
			return err
		}
		return l.note(ctx, tx, d.ID, "part.discard", part.SHA256, "hash_mismatch", "")
	})
}

// KnowsFile says whether a sealed file belongs to any part.
func (l *Ledger) KnowsFile(ctx context.Context, name string) (bool, error) {
	var known bool
	err := l.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM segments WHERE name = ?)`, name).Scan(&known)
	return known, mapped("look a sealed file up", err)
}
