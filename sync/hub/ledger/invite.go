package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"dermbox/appliance"
)

// Invite is a promise to admit one device once. Its secret is not here, only its hash.
type Invite struct {
	Device
	Replaces  bool      `json:"replaces"` // may take the place of a device of that name
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
	UsedKey   []byte    `json:"-"` // of the device that used it, PKIX DER; empty when a newer invite took its place
}

// AddInvite keeps a new invite under its secret's hash. The error is a Conflict when the device is there already and the
// invite does not replace it.
func (l *Ledger) AddInvite(ctx context.Context, i Invite, secret string) error {
	return l.change(ctx, "keep an invite", func(tx *sql.Tx) error {
		var there int
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM devices WHERE trust = ? AND device = ?`, i.Trust, i.ID).Scan(&there)
		if err != nil {
			return err
		}
		if there > 0 && !i.Replaces {
			return appliance.E(appliance.Conflict, "hubctl.device.exists", nil, "device", i.ID)
		}
		// A newer invite takes the place of an older one: at most one is open for a name.
		_, err = tx.ExecContext(ctx, `UPDATE invites SET used_at = ? WHERE trust = ? AND device = ? AND used_at = ''`,
			text(l.now()), i.Trust, i.ID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO invites
			(trust, site, device, secret_hash, replaces, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			i.Trust, i.Site, i.ID, hashed(secret), i.Replaces, text(l.now()), text(i.ExpiresAt))
		if err != nil {
			return err
		}
		return l.note(ctx, tx, "dermhub", "device.invite", i.ID, "ok", "")
	})
}

// FindInvite gives the invite of a secret, used, expired or not; NotFound when there never was one.
func (l *Ledger) FindInvite(ctx context.Context, secret string) (Invite, error) {
	i, _, err := findInvite(ctx, l.read, secret)
	return i, mapped("look an invite up", err)
}

// Invites lists the trust's invites, newest first.
func (l *Ledger) Invites(ctx context.Context, trust string) ([]Invite, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT id, `+inviteColumns+` FROM invites WHERE trust = ? ORDER BY id DESC LIMIT 1000`, trust)
	if err != nil {
		return nil, mapped("list the invites", err)
	}
	defer rows.Close()
	all := []Invite{}
	for rows.Next() {
		i, _, err := scanInvite(rows)
		if err != nil {
			return nil, mapped("list the invites", err)
		}
		all = append(all, i)
	}
	return all, mapped("list the invites", rows.Err())
}

// Admit uses the invite of the secret up and admits the device, in one transaction that also keeps the device whose place it
// takes. Judge sees the invite as it stands
// then and refuses it, or makes the device's certificate: of two devices with one invite only one is admitted.
func (l *Ledger) Admit(ctx context.Context, secret string, judge func(Invite) (Admitted, error)) error {
	return l.change(ctx, "admit a device", func(tx *sql.Tx) error {
		i, id, err := findInvite(ctx, tx, secret)
		if err != nil {
			return err
		}
		a, err := judge(i)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE invites SET used_at = ?, used_key = ? WHERE id = ?`, text(l.now()), a.PublicKey, id)
		if err != nil {
			return err
		}
		if err := l.supersede(ctx, tx, a); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO devices (`+deviceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?)`,
			a.Trust, a.Site, a.ID, a.PublicKey, a.Serial, text(a.ValidUntil), text(l.now()), text(l.now()), a.Escrow)
		if err != nil {
			return err
		}
		return l.note(ctx, tx, a.ID, "device.enrol", a.ID, "ok", "")
	})
}

const inviteColumns = `trust, site, device, replaces, created_at, expires_at, used_at, used_key`

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func findInvite(ctx context.Context, q querier, secret string) (Invite, int64, error) {
	i, id, err := scanInvite(q.QueryRowContext(ctx, `SELECT id, `+inviteColumns+` FROM invites WHERE secret_hash = ?`, hashed(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return Invite{}, 0, appliance.E(appliance.NotFound, "sync.wire.code.invite_unknown", nil)
	}
	return i, id, err
}

func scanInvite(row scanner) (Invite, int64, error) {
	var i Invite
	var id int64
	var created, expires, used string
	if err := row.Scan(&id, &i.Trust, &i.Site, &i.ID, &i.Replaces, &created, &expires, &used, &i.UsedKey); err != nil {
		return Invite{}, 0, err
	}
	return i, id, moments(pair{created, &i.CreatedAt}, pair{expires, &i.ExpiresAt}, pair{used, &i.UsedAt})
}

// hashed is enough for a secret of 256 random bits: there is nothing to guess.
func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte("dermbox invite\n" + secret))
	return sum[:]
}
