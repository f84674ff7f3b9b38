package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"dermbox/sync/wire"
)

// Damage notes that the sealed files of a part are no longer all readable as they were received, and tells a person. From
// then on reconcile leaves out the cases that it belongs to: a device that still has them offers them again. The files stay
// the part's until then, for a backup may bring them back. A part that was sent anew since it was looked at is left alone.
func (l *Ledger) Damage(ctx context.Context, d Device, part Part) error {
	return l.change(ctx, "note a damaged part", func(tx *sql.Tx) error {
		now, err := segments(ctx, tx, part.Row)
		if err != nil || !slices.Equal(now, part.Segments) {
			return err
		}
		if err := l.alarm(ctx, tx, d, AlarmDamaged, part.SHA256); err != nil {
			return err
		}
		return l.mark(ctx, tx, d, part, text(l.now()), "part.damage", "damaged")
	})
}

// Sound notes that a part which was found damaged is as it was received again: its files were put back from a backup.
func (l *Ledger) Sound(ctx context.Context, d Device, part Part) error {
	return l.change(ctx, "note a sound part", func(tx *sql.Tx) error {
		return l.mark(ctx, tx, d, part, "", "part.sound", "ok")
	})
}

// mark sets or takes away the mark of a complete part, and notes it where that changes anything.
func (l *Ledger) mark(ctx context.Context, tx *sql.Tx, d Device, part Part, at, action, outcome string) error {
	result, err := tx.ExecContext(ctx, `UPDATE parts SET damaged_at = ? WHERE id = ? AND completed_at <> '' AND (damaged_at = '') <> (? = '')`,
		at, part.Row, at)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return l.note(ctx, tx, d.ID, action, part.SHA256, outcome, "")
}

// Lose notes that the sealed files of a part that a device is sending are no longer all readable: the part starts from 0, so
// that the device is asked for it again, and a person is told. Its key stays: whatever is left of the files can still be
// opened. A part that was sent anew since it was looked at is left alone; the caller removes no file.
func (l *Ledger) Lose(ctx context.Context, d Device, part Part) error {
	return l.change(ctx, "note a lost part", func(tx *sql.Tx) error {
		now, err := segments(ctx, tx, part.Row)
		if err != nil || !slices.Equal(now, part.Segments) {
			return err
		}
		if err := l.alarm(ctx, tx, d, AlarmDamaged, part.SHA256); err != nil {
			return err
		}
		return l.lose(ctx, tx, d, part)
	})
}

func (l *Ledger) lose(ctx context.Context, tx *sql.Tx, d Device, part Part) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM segments WHERE part = ?`, part.Row); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE parts SET received = 0, completed_at = '', damaged_at = '' WHERE id = ?`, part.Row)
	if err != nil {
		return err
	}
	return l.note(ctx, tx, d.ID, "part.lose", part.SHA256, "damaged", "")
}

// loseDamaged has the parts of a manifest that were found damaged start from 0: the device that offers them has their bytes.
func (l *Ledger) loseDamaged(ctx context.Context, tx *sql.Tx, d Device, m wire.Manifest) error {
	for _, p := range m.Parts() {
		part, err := scanPart(tx.QueryRowContext(ctx, `SELECT `+partColumns+` FROM parts
			WHERE trust = ? AND site = ? AND device = ? AND sha256 = ? AND damaged_at <> ''`, d.Trust, d.Site, d.ID, p.SHA256))
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err == nil {
			err = l.lose(ctx, tx, d, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// heal puts the caller's whole parts in the place of those that a case has lost: they came again under another site or name.
func heal(ctx context.Context, tx *sql.Tx, d Device, c wire.CaseEntry) error {
	const again = `FROM parts n JOIN parts o ON o.sha256 = n.sha256 WHERE o.id = case_parts.part AND (o.completed_at = '' OR o.damaged_at <> '')
		AND n.completed_at <> '' AND n.damaged_at = '' AND n.trust = ? AND n.site = ? AND n.device = ?`
	_, err := tx.ExecContext(ctx, `UPDATE case_parts SET part = (SELECT n.id `+again+`)
		WHERE case_row = (SELECT id FROM cases WHERE trust = ? AND case_id = ? AND version = ?) AND EXISTS (SELECT 1 `+again+`)`,
		d.Trust, d.Site, d.ID, d.Trust, c.ID, c.Version, d.Trust, d.Site, d.ID)
	return err
}
