package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dermbox/appliance"
)

// Account is a person of the trust who may sign in.
type Account struct {
	Trust      string    `json:"trust"`
	Username   string    `json:"username"`
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	Password   string    `json:"-"` // its hash, in the form that package people writes
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at,omitzero"`
	Failures   int       `json:"failures"` // wrong passwords since the last right one, from anywhere
}

const accountColumns = `trust, username, name, role, password, created_at, disabled_at, failures`

// AddAccount keeps a new account; Conflict when the name is taken.
func (l *Ledger) AddAccount(ctx context.Context, a Account) error {
	return l.change(ctx, "keep an account", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO people (trust, username, name, role, password, created_at)
			VALUES (?, ?, ?, ?, ?, ?)`, a.Trust, a.Username, a.Name, a.Role, a.Password, text(l.now()))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, appliance.E(appliance.Conflict, "hubctl.user.exists", nil, "user", a.Username))
		}
		return l.note(ctx, tx, "dermhub", "account.add", a.Username, "ok", a.Role)
	})
}

// ReplaceAccount gives an account that is there another name, role and password; NotFound when there is none of that username.
func (l *Ledger) ReplaceAccount(ctx context.Context, a Account) error {
	return l.change(ctx, "replace an account", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE people SET name = ?, role = ?, password = ?, failures = 0
			WHERE trust = ? AND username = ?`, a.Name, a.Role, a.Password, a.Trust, a.Username)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, appliance.E(appliance.NotFound, "hubctl.user.unknown", nil))
		}
		return l.note(ctx, tx, "dermhub", "account.replace", a.Username, "ok", a.Role)
	})
}

// Account gives one account; NotFound when there is none of that name.
func (l *Ledger) Account(ctx context.Context, trust, username string) (Account, error) {
	a, err := scanAccount(l.read.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM people WHERE trust = ? AND username = ?`,
		trust, username))
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, appliance.E(appliance.NotFound, "hubctl.user.unknown", nil)
	}
	return a, mapped("look an account up", err)
}

// Accounts lists the trust's accounts by name.
func (l *Ledger) Accounts(ctx context.Context, trust string) ([]Account, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT `+accountColumns+` FROM people WHERE trust = ? ORDER BY username`, trust)
	if err != nil {
		return nil, mapped("list the accounts", err)
	}
	defer rows.Close()
	all := []Account{}
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, mapped("list the accounts", err)
		}
		all = append(all, a)
	}
	return all, mapped("list the accounts", rows.Err())
}

// SignIn notes a right or a wrong password.
func (l *Ledger) SignIn(ctx context.Context, a Account, right bool) error {
	return l.change(ctx, "note a sign-in", func(tx *sql.Tx) error {
		if right {
			_, err := tx.ExecContext(ctx, `UPDATE people SET failures = 0 WHERE trust = ? AND username = ?`,
				a.Trust, a.Username)
			if err != nil {
				return err
			}
			return l.note(ctx, tx, a.Username, "account.sign_in", a.Username, "ok", "")
		}
		_, err := tx.ExecContext(ctx, `UPDATE people SET failures = failures + 1 WHERE trust = ? AND username = ?`, a.Trust, a.Username)
		if err != nil {
			return err
		}
		return l.note(ctx, tx, a.Username, "account.sign_in", a.Username, "unauthorised", "")
	})
}

func scanAccount(row scanner) (Account, error) {
	var a Account
	var created, disabled string
	err := row.Scan(&a.Trust, &a.Username, &a.Name, &a.Role, &a.Password, &created, &disabled, &a.Failures)
	if err != nil {
		return Account{}, err
	}
	return a, moments(pair{created, &a.CreatedAt}, pair{disabled, &a.DisabledAt})
}
