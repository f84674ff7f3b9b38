package people

import (
	"context"
	"strings"
	"sync"

	"dermbox/appliance"
	"dermbox/sync/hub/ledger"
)

// The roles.
const (
	RoleAdmin     = "admin"     // IT of the trust: devices and accounts
	RoleClinician = "clinician" // reads cases
)

// Ledger keeps the accounts. Each method is one durable transaction or a read.
type Ledger interface {
	AddAccount(ctx context.Context, a ledger.Account) error
	ReplaceAccount(ctx context.Context, a ledger.Account) error
	Account(ctx context.Context, trust, username string) (ledger.Account, error)
	SignIn(ctx context.Context, a ledger.Account, right bool) error
}

// Person is who has signed in.
type Person struct {
	Username string
	Name     string
	Role     string
}

// Directory is the trust's accounts. It is safe for concurrent use.
type Directory struct {
	ledger Ledger
	trust  string
	clock  appliance.Clock
	slots  chan struct{}
	tries  *tries
	dummy  func() string // a hash that no password has: checking it takes as long as a real one
}

// New makes the directory of one trust.
func New(l Ledger, trust string, clock appliance.Clock) *Directory {
	return &Directory{ledger: l, trust: trust, clock: clock, slots: make(chan struct{}, 2), tries: newTries(),
		dummy: sync.OnceValue(func() string { return hash(Generate()) })}
}

// Add makes an account. Errors are Invalid with the field at fault, or Conflict when the username is taken.
func (d *Directory) Add(ctx context.Context, p Person, password string) error {
	if err := Check(p, password); err != nil {
		return err
	}
	return d.ledger.AddAccount(ctx, d.account(p, password))
}

// Replace gives an account that is there another name, role and password: for an init that is repeated, since nobody was
// told the first password. Errors are those of Add, with NotFound in place of Conflict.
func (d *Directory) Replace(ctx context.Context, p Person, password string) error {
	if err := Check(p, password); err != nil {
		return err
	}
	return d.ledger.ReplaceAccount(ctx, d.account(p, password))
}

// Check says what is wrong with an account that is to be made: Invalid with the field at fault.
func Check(p Person, password string) error {
	switch {
	case !validUsername(p.Username):
		return appliance.FieldError("username", "hubctl.user.username")
	case strings.TrimSpace(p.Name) == "" || len(p.Name) > 100:
		return appliance.FieldError("name", "hubctl.user.name")
	case p.Role != RoleAdmin && p.Role != RoleClinician:
		return appliance.FieldError("role", "hubctl.user.role", "roles", RoleAdmin+", "+RoleClinician)
	}
	return checkPassword(password)
}

func (d *Directory) account(p Person, password string) ledger.Account {
	return ledger.Account{Trust: d.trust, Username: p.Username, Name: strings.TrimSpace(p.Name), Role: p.Role, Password: hash(password)}
}

// Authenticate checks a password that came from an IP address. The error is Unauthorised, the same for an unknown name, a
// disabled account and a wrong password; or Forbidden while the account is closed for that address after wrong ones; or
// Unavailable when too many are being checked, or the account is being guessed at from many addresses.
func (d *Directory) Authenticate(ctx context.Context, address, username, password string) (Person, error) {
	address = network(address)
	if len(username) > 64 {
		username = "" // nobody's
	}
	// An unknown name is limited as a known one: what is refused says nothing of which names there are.
	switch d.tries.begin(username, address, d.clock.Now().Wall) {
	case closedHere:
		return Person{}, appliance.E(appliance.Forbidden, "hubctl.sign_in.locked", nil)
	case mustWait:
		return Person{}, appliance.E(appliance.Unavailable, "hubctl.sign_in.slow", nil)
	case mayTry:
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return Person{}, appliance.E(appliance.Unavailable, "hubctl.sign_in.busy", ctx.Err())
	}
	a, err := d.ledger.Account(ctx, d.trust, username)
	known := err == nil
	if err != nil && appliance.CodeOf(err) != appliance.NotFound {
		return Person{}, err
	}
	if !known || !a.DisabledAt.IsZero() || len(password) > 4*MaxPassword {
		a.Password, password = d.dummy(), ""
	}
	right, err := matches(password, a.Password)
	if err != nil {
		return Person{}, err
	}
	d.tries.end(username, address, right, d.clock.Now().Wall)
	if known {
		if err := d.ledger.SignIn(ctx, a, right); err != nil {
			return Person{}, err
		}
	}
	if !right {
		return Person{}, appliance.E(appliance.Unauthorised, "hubctl.sign_in.wrong", nil)
	}
	return Person{Username: a.Username, Name: a.Name, Role: a.Role}, nil
}

func validUsername(s string) bool {
	return len(s) >= 2 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == ""
}
