package people_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/vault"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/people"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	password = "correct horse battery"
	here     = "192.0.2.1"
)

func directory(t *testing.T) (*people.Directory, *clock.Fake) {
	t.Helper()
	dir := t.TempDir()
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	l, err := ledger.Create(t.Context(), ledger.Options{Path: filepath.Join(dir, "ledger.db"), Vault: v, Clock: c,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return people.New(l, "RZZ", c), c
}

func TestSignIn(t *testing.T) {
	d, c := directory(t)
	ctx := context.Background()
	person := people.Person{Username: "a.reader", Name: "A Reader", Role: people.RoleClinician}
	if err := d.Add(ctx, person, password); err != nil {
		t.Fatal(err)
	}
	if err := d.Add(ctx, person, password); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("the same name twice: %v", err)
	}
	got, err := d.Authenticate(ctx, here, "a.reader", password)
	if err != nil || got != person {
		t.Errorf("right password: %+v %v", got, err)
	}
	if _, err := d.Authenticate(ctx, here, "nobody", password); appliance.CodeOf(err) != appliance.Unauthorised {
		t.Errorf("unknown name: %v", err)
	}
	for range 5 {
		if _, err := d.Authenticate(ctx, here, "a.reader", "wrong"); appliance.CodeOf(err) != appliance.Unauthorised {
			t.Fatalf("wrong password: %v", err)
		}
	}
	if _, err := d.Authenticate(ctx, here, "a.reader", password); appliance.CodeOf(err) != appliance.Forbidden {
		t.Errorf("after five wrong ones: %v, want Forbidden", err)
	}
	c.Advance(61 * time.Second)
	if _, err := d.Authenticate(ctx, here, "a.reader", password); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

func TestNobodyShutsAPersonOut(t *testing.T) {
	d, c := directory(t)
	if err := d.Add(t.Context(), people.Person{Username: "a.reader", Name: "A Reader", Role: people.RoleClinician}, password); err != nil {
		t.Fatal(err)
	}
	try := func(from, with string, want appliance.Code) {
		t.Helper()
		if _, err := d.Authenticate(t.Context(), from, "a.reader", with); appliance.CodeOf(err) != want {
			t.Errorf("from %s: %v, want %q", from, err, want)
		}
	}
	try("192.0.2.9", password, "") // the person's usual place
	for range 5 {
		try(here, "wrong", appliance.Unauthorised)
	}
	try(here, password, appliance.Forbidden) // closed for who guessed ...
	try("192.0.2.2", password, "")           // ... and for nobody else
	for i := range 5 {                       // many addresses: each is below its own limit
		try(fmt.Sprintf("198.51.100.%d", i), "wrong", appliance.Unauthorised)
	}
	try("203.0.113.1", "wrong", appliance.Unauthorised)
	try("203.0.113.2", password, appliance.Unavailable) // slowed
	try("192.0.2.9", password, "")                      // but not who signed in from there before
	for i := range 6 {
		try(fmt.Sprintf("198.51.100.%d", 100+i), "wrong", appliance.Unauthorised)
		c.Advance(3 * time.Second)
	}
	try("203.0.113.2", password, "") // a few seconds later
}

func TestWhatIsRefusedSaysNothingOfWhichNamesThereAre(t *testing.T) {
	d, c := directory(t)
	for range 5 {
		if _, err := d.Authenticate(t.Context(), here, "nobody", "wrong"); appliance.CodeOf(err) != appliance.Unauthorised {
			t.Fatal(err)
		}
	}
	if _, err := d.Authenticate(t.Context(), here, "nobody", "wrong"); appliance.CodeOf(err) != appliance.Forbidden {
		t.Errorf("an unknown name is never closed: %v", err)
	}
	c.Advance(61 * time.Second)
	if _, err := d.Authenticate(t.Context(), here, "nobody", "wrong"); appliance.CodeOf(err) != appliance.Unauthorised {
		t.Errorf("after the pause: %v", err)
	}
	c.Advance(61 * time.Second)
	if _, err := d.Authenticate(t.Context(), here, "nobody", "wrong"); appliance.CodeOf(err) != appliance.Forbidden {
		t.Errorf("the delay does not grow: %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	d, _ := directory(t)
	good := people.Person{Username: "a.reader", Name: "A Reader", Role: people.RoleAdmin}
	for name, c := range map[string]struct {
		change   func(*people.Person)
		password string
		field    string
	}{
		"username": {func(p *people.Person) { p.Username = "A Reader" }, password, "username"},
		"name":     {func(p *people.Person) { p.Name = " " }, password, "name"},
		"role":     {func(p *people.Person) { p.Role = "king" }, password, "role"},
		"short":    {func(*people.Person) {}, "hunter2", "password"},
		"long":     {func(*people.Person) {}, strings.Repeat("x", 257), "password"},
	} {
		p := good
		c.change(&p)
		err := d.Add(t.Context(), p, c.password)
		if e, ok := err.(*appliance.Error); !ok || e.Code != appliance.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, b := people.Generate(), people.Generate(); a == b || len(a) != 23 {
		t.Errorf("generated %q, %q", a, b)
	}
}
