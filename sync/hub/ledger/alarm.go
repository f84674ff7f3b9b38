package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// The alarms that are not a Chain.
const (
	AlarmConflict = "case_conflict" // a case's id and version arrived with other content
	AlarmDamaged  = "part_damaged"  // sealed bytes of a part can no longer be read as they were received
)

// Alarm is something that a person of the trust must look at. It is open until a person closes it with a reason.
type Alarm struct {
	ID int64 `json:"id"`
	Device
	Kind     string    `json:"kind"`   // a Chain other than whole, or an Alarm constant
	Object   string    `json:"object"` // digest of the offer, id of the case, or SHA-256 of the part
	RaisedAt time.Time `json:"raised_at"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
	ClosedBy string    `json:"closed_by,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

// Open says whether the alarm still waits for a person.
func (a Alarm) Open() bool { return a.ClosedAt.IsZero() }

const alarmColumns = `id, trust, site, device, kind, object, raised_at, closed_at, closed_by, reason`

// OpenAlarms lists the trust's alarms that nobody has closed, newest first; at most limit of them.
func (l *Ledger) OpenAlarms(ctx context.Context, trust string, limit int) ([]Alarm, error) {
	return l.alarms(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE trust = ? AND closed_at = '' ORDER BY id DESC LIMIT ?`, trust, limit)
}

// Alarms lists the trust's alarms, also closed ones, newest first; at most limit of them.
func (l *Ledger) Alarms(ctx context.Context, trust string, limit int) ([]Alarm, error) {
	return l.alarms(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE trust = ? ORDER BY id DESC LIMIT ?`, trust, limit)
}

func (l *Ledger) alarms(ctx context.Context, query string, args ...any) ([]Alarm, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, mapped("list the alarms", err)
	}
	defer rows.Close()
	all := []Alarm{}
	for rows.Next() {
		a, err := scanAlarm(rows)
		if err != nil {
			return nil, mapped("list the alarms", err)
		}
		all = append(all, a)
	}
	return all, mapped("list the alarms", rows.Err())
}

func scanAlarm(row scanner) (Alarm, error) {
	var a Alarm
	var raised, closed string
	err := row.Scan(&a.ID, &a.Trust, &a.Site, &a.Device.ID, &a.Kind, &a.Object, &raised, &closed, &a.ClosedBy, &a.Reason)
	if err != nil {
		return Alarm{}, err
	}
	return a, moments(pair{raised, &a.RaisedAt}, pair{closed, &a.ClosedAt})
}

// CountAlarms counts the trust's open alarms by kind.
func (l *Ledger) CountAlarms(ctx context.Context, trust string) (map[string]int, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT kind, COUNT(*) FROM alarms WHERE trust = ? AND closed_at = '' GROUP BY kind`, trust)
	if err != nil {
		return nil, mapped("count the alarms", err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, mapped("count the alarms", err)
		}
		counts[kind] = n
	}
	return counts, mapped("count the alarms", rows.Err())
}

// CloseAlarm closes an open alarm in the actor's name and gives it as it is then. The audit trail takes no free text: it
// holds the reason's digest. NotFound when the trust has no such alarm,
// Conflict when it is closed already.
func (l *Ledger) CloseAlarm(ctx context.Context, trust string, id int64, actor, reason string) (Alarm, error) {
	var a Alarm
	err := l.change(ctx, "close an alarm", func(tx *sql.Tx) error {
		var err error
		a, err = scanAlarm(tx.QueryRowContext(ctx, `SELECT `+alarmColumns+` FROM alarms WHERE trust = ? AND id = ?`, trust, id))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return appliance.E(appliance.NotFound, "hubctl.alarm.unknown", nil)
		case err != nil:
			return err
		case !a.Open():
			return appliance.E(appliance.Conflict, "hubctl.alarm.closed_already", nil, "by", a.ClosedBy)
		}
		a.ClosedAt, a.ClosedBy, a.Reason = l.now(), actor, reason
		_, err = tx.ExecContext(ctx, `UPDATE alarms SET closed_at = ?, closed_by = ?, reason = ? WHERE id = ?`,
			text(a.ClosedAt), actor, reason, id)
		if err != nil {
			return err
		}
		return l.note(ctx, tx, actor, "alarm.close", strconv.FormatInt(id, 10), "ok", wire.Digest([]byte(reason)))
	})
	return a, err
}

// Alarm keeps what a person must look at, unless an open alarm says the same already.
func (l *Ledger) Alarm(ctx context.Context, d Device, kind, object string) error {
	return l.change(ctx, "raise an alarm", func(tx *sql.Tx) error { return l.alarm(ctx, tx, d, kind, object) })
}

// alarm is Alarm in the transaction of its cause; the audit trail says when.
func (l *Ledger) alarm(ctx context.Context, tx *sql.Tx, d Device, kind, object string) error {
	var open bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM alarms
		WHERE trust = ? AND site = ? AND device = ? AND kind = ? AND object = ? AND closed_at = '')`,
		d.Trust, d.Site, d.ID, kind, object).Scan(&open)
	if err != nil || open {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO alarms (trust, site, device, kind, object, raised_at) VALUES (?, ?, ?, ?, ?, ?)`,
		d.Trust, d.Site, d.ID, kind, object, text(l.now()))
	if err != nil {
		return err
	}
	return l.note(ctx, tx, "dermhub", "alarm", object, kind, d.ID)
}
