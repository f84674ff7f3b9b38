package ledger

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"time"

	"dermbox/appliance"
)

// Device names a device; everything it sends lives in this scope and is seen from no other.
type Device struct {
	Trust string `json:"trust"`
	Site  string `json:"site"`
	ID    string `json:"device"`
}

// Admitted is a device as the hub knows it.
type Admitted struct {
	Device
	PublicKey  []byte    `json:"-"` // PKIX DER of the key in its certificate
	Serial     string    `json:"serial"`
	ValidUntil time.Time `json:"valid_until"`
	EnrolledAt time.Time `json:"enrolled_at"`
	LastSeen   time.Time `json:"last_seen,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
	Escrow     []byte    `json:"-"` // its vault's key, wrapped to the trust's escrow recipient
}

const deviceColumns = `trust, site, device, public_key, serial, valid_until, enrolled_at, last_seen, revoked_at, escrow`

// Check says whether a certificate's device is admitted with that key: *appliance.Error Forbidden if it is unknown, revoked
// or has another key, as a device has whose place was taken by a new one.
func (l *Ledger) Check(ctx context.Context, d Device, publicKey []byte) error {
	a, err := scanDevice(l.read.QueryRowContext(ctx,
		`SELECT `+deviceColumns+` FROM devices WHERE trust = ? AND device = ?`, d.Trust, d.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return appliance.E(appliance.Forbidden, "sync.wire.code.device_unknown", nil)
	}
	if err != nil {
		return mapped("look a device up", err)
	}
	if a.Site != d.Site || !a.RevokedAt.IsZero() || subtle.ConstantTimeCompare(a.PublicKey, publicKey) != 1 {
		return appliance.E(appliance.Forbidden, "sync.wire.code.device_unknown", nil)
	}
	return nil
}

// Devices lists every device of a trust by name.
func (l *Ledger) Devices(ctx context.Context, trust string) ([]Admitted, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+deviceColumns+` FROM devices WHERE trust = ? ORDER BY device`, trust)
	if err != nil {
		return nil, mapped("list the devices", err)
	}
	defer rows.Close()
	all := []Admitted{}
	for rows.Next() {
		a, err := scanDevice(rows)
		if err != nil {
			return nil, mapped("list the devices", err)
		}
		all = append(all, a)
	}
	return all, mapped("list the devices", rows.Err())
}

// Seen notes that the device was in touch just now.
func (l *Ledger) Seen(ctx context.Context, d Device) error {
	return l.change(ctx, "note a contact", func(tx *sql.Tx) error { return l.seen(ctx, tx, d) })
}

func (l *Ledger) seen(ctx context.Context, tx *sql.Tx, d Device) error {
	_, err := tx.ExecContext(ctx, `UPDATE devices SET last_seen = ? WHERE trust = ? AND device = ?`,
		text(l.now()), d.Trust, d.ID)
	return err
}

type scanner interface{ Scan(...any) error }

// scanDevice reads deviceColumns, and what follows them into more.
func scanDevice(row scanner, more ...any) (Admitted, error) {
	var a Admitted
	var until, enrolled, seen, revoked string
	into := []any{&a.Trust, &a.Site, &a.ID, &a.PublicKey, &a.Serial, &until, &enrolled, &seen, &revoked, &a.Escrow}
	err := row.Scan(append(into, more...)...)
	if err != nil {
		return Admitted{}, err
	}
	return a, moments(pair{until, &a.ValidUntil}, pair{enrolled, &a.EnrolledAt}, pair{seen, &a.LastSeen},
		pair{revoked, &a.RevokedAt})
}

type pair struct {
	text string
	into *time.Time
}

// moments reads several times of one row.
func moments(pairs ...pair) error {
	for _, p := range pairs {
		t, err := moment(p.text)
		if err != nil {
			return err
		}
		*p.into = t
	}
	return nil
}
