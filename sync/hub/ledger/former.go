package ledger

import (
	"context"
	"database/sql"
	"time"
)

// Former is a device whose place was taken by a new enrolment under its name. Its escrow still opens its vault.
type Former struct {
	Admitted
	ReplacedAt time.Time `json:"replaced_at"`
}

// Former lists the trust's devices whose place was taken, newest first.
func (l *Ledger) Former(ctx context.Context, trust string) ([]Former, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+deviceColumns+`, replaced_at FROM former_devices WHERE trust = ? ORDER BY id DESC`, trust)
	if err != nil {
		return nil, mapped("list the former devices", err)
	}
	defer rows.Close()
	all := []Former{}
	for rows.Next() {
		var f Former
		var replaced string
		if f.Admitted, err = scanDevice(rows, &replaced); err == nil {
			err = moments(pair{replaced, &f.ReplacedAt})
		}
		if err != nil {
			return nil, mapped("list the former devices", err)
		}
		all = append(all, f)
	}
	return all, mapped("list the former devices", rows.Err())
}

// supersede keeps the device whose place a is about to take. An enrolment that is repeated with the same key and escrow
// takes nobody's place.
func (l *Ledger) supersede(ctx context.Context, tx *sql.Tx, a Admitted) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO former_devices (`+deviceColumns+`, replaced_at) SELECT `+deviceColumns+`, ?
		FROM devices WHERE trust = ? AND device = ? AND (public_key <> ? OR escrow <> ?)`,
		text(l.now()), a.Trust, a.ID, a.PublicKey, a.Escrow)
	return err
}

// sitesOf selects the sites of a device: its present one, and those that it was enrolled for before under its name. The
// arguments are site, trust and device.
const sitesOf = `SELECT ? UNION SELECT site FROM invites WHERE trust = ? AND device = ? AND length(used_key) > 0`

// Sites gives the sites whose cases a device may bring: a box that moved still holds cases of where it stood.
func (l *Ledger) Sites(ctx context.Context, d Device) ([]string, error) {
	rows, err := l.read.QueryContext(ctx, sitesOf, d.Site, d.Trust, d.ID)
	if err != nil {
		return nil, mapped("list a device's sites", err)
	}
	defer rows.Close()
	var sites []string
	for rows.Next() {
		var site string
		if err := rows.Scan(&site); err != nil {
			return nil, mapped("list a device's sites", err)
		}
		sites = append(sites, site)
	}
	return sites, mapped("list a device's sites", rows.Err())
}
