package staff_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/staff"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
)

// cheap keeps the tests fast; the box uses DefaultParams.
var cheap = staff.Params{MemoryKiB: 64, Time: 1, Threads: 1}

type rig struct {
	*staff.Service
	t     *testing.T
	dir   string
	vault *vault.Vault
	clock *clock.Fake
	store *store.Store
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "key")))
	must(t, err)
	r := &rig{t: t, dir: dir, vault: v, clock: clock.NewFake(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))}
	r.open()
	t.Cleanup(func() { r.store.Close() })
	must(t, r.Add(t.Context(), "it.1", staff.Member{ID: "hca.1", Name: "Ann Other", Role: "hca"}, "805131"))
	return r
}

func (r *rig) open() {
	r.t.Helper()
	s, err := store.Open(r.t.Context(), store.Options{Path: filepath.Join(r.dir, "a.db"), Vault: r.vault, Clock: r.clock})
	must(r.t, err)
	r.store = s
	r.Service = staff.New(staff.Options{Rows: s, Vault: r.vault, Clock: r.clock, Params: cheap})
}

func (r *rig) restart() {
	r.t.Helper()
	must(r.t, r.store.Close())
	r.open()
}

// try signs in and gives the key of the refusal, "" for success.
func (r *rig) try(id, pin string) string {
	r.t.Helper()
	op, err := r.Authenticate(r.t.Context(), id, pin)
	if err == nil {
		if op.ID != id {
			r.t.Errorf("signed in as %+v", op)
		}
		return ""
	}
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != appliance.Unauthorised || op != (appliance.Operator{}) {
		r.t.Errorf("refusal %v with operator %+v", err, op)
		return ""
	}
	return e.Key + e.Params["minutes"]
}

const (
	refused = "staff.sign_in.refused"
	locked  = "staff.sign_in.locked"
)

func TestSignIn(t *testing.T) {
	r := newRig(t)
	op, err := r.Authenticate(t.Context(), "hca.1", "805131")
	if err != nil || op != (appliance.Operator{ID: "hca.1", Name: "Ann Other", Role: "hca"}) {
		t.Errorf("%+v, %v", op, err)
	}
	for _, c := range [][2]string{{"hca.1", "805132"}, {"hca.1", ""}, {"hca.2", "805131"}, {"", "805131"}, {"hca.1 ", "805131"}, {strings.Repeat("x", 999), "1"}} {
		if got := r.try(c[0], c[1]); got != refused {
			t.Errorf("%q %q: %q", c[0], c[1], got)
		}
	}
	r.restart()
	if got := r.try("hca.1", "805131"); got != "" {
		t.Errorf("after a restart: %q", got)
	}
	if _, err := r.store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLockOutGrowsAndSurvives(t *testing.T) {
	r := newRig(t)
	for n := range 4 {
		if got := r.try("hca.1", "000001"); got != refused {
			t.Fatalf("try %d: %q", n+1, got)
		}
	}
	minutes := []string{"1", "2", "4", "8", "16", "32", "60", "60"}
	waits := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60}
	for i, want := range minutes {
		if got := r.try("hca.1", "000001"); got != locked+want {
			t.Fatalf("wrong PIN %d: %q, want %s minutes", 5+i, got, want)
		}
		if got := r.try("hca.1", "805131"); got != locked+want {
			t.Errorf("the right PIN passes a lock-out: %q", got)
		}
		r.restart()
		r.clock.Advance(waits[i]*time.Minute - time.Second)
		if got := r.try("hca.1", "805131"); got != locked+"1" {
			t.Errorf("a second before the end, after a restart: %q", got)
		}
		r.clock.Advance(time.Second)
	}
	if got := r.try("hca.1", "805131"); got != "" {
		t.Errorf("after the lock-out: %q", got)
	}
	if got := r.try("hca.1", "000001"); got != refused {
		t.Errorf("a right PIN does not begin anew: %q", got)
	}
}

// TestClockDoesNotUnlock steps the wall clock and restarts the machine.
func TestClockDoesNotUnlock(t *testing.T) {
	r := newRig(t)
	for range 5 {
		r.try("hca.1", "000001")
	}
	for _, years := range []int{10, -50} {
		r.clock.SetWall(time.Date(2026+years, 7, 1, 9, 0, 0, 0, time.UTC))
		if got := r.try("hca.1", "805131"); got != locked+"1" {
			t.Errorf("clock set by %d years: %q", years, got)
		}
	}
	r.clock.Reboot()
	if got := r.try("hca.1", "805131"); got != locked+"1" {
		t.Errorf("after a reboot: %q", got)
	}
	r.clock.Advance(time.Minute)
	if got := r.try("hca.1", "805131"); got != "" {
		t.Errorf("a minute after the reboot: %q", got)
	}
}

// TestTryIsCountedFirst: pulling the plug during the check wins no free try.
func TestTryIsCountedFirst(t *testing.T) {
	r := newRig(t)
	rows := &watched{Rows: r.store}
	service := staff.New(staff.Options{Rows: rows, Vault: r.vault, Clock: r.clock, Params: cheap})
	if _, err := service.Authenticate(t.Context(), "hca.1", "805131"); err != nil {
		t.Fatal(err)
	}
	if len(rows.failures) != 2 || rows.failures[0] != 1 || rows.failures[1] != 0 {
		t.Errorf("failures as saved: %v, want 1 before the check and 0 after it", rows.failures)
	}
}

func TestDisableAndReset(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	must(t, r.ResetPIN(ctx, "it.1", "hca.1", "271828"))
	if r.try("hca.1", "805131") != refused || r.try("hca.1", "271828") != "" {
		t.Error("after a new PIN")
	}
	for range 5 {
		r.try("hca.1", "000001")
	}
	must(t, r.ResetPIN(ctx, "it.1", "hca.1", "314151"))
	if got := r.try("hca.1", "314151"); got != "" {
		t.Errorf("a new PIN does not end the lock-out: %q", got)
	}
	must(t, r.Disable(ctx, "it.1", "hca.1"))
	if got := r.try("hca.1", "314151"); got != refused {
		t.Errorf("disabled: %q", got)
	}
	list, _, err := r.List(ctx)
	if err != nil || len(list) != 1 || !list[0].Disabled || list[0].Name != "Ann Other" {
		t.Errorf("list %+v, %v", list, err)
	}
	for _, err := range []error{r.Disable(ctx, "it.1", "hca.9"), r.ResetPIN(ctx, "it.1", "hca.9", "314151")} {
		checkError(t, err, appliance.NotFound, "staff.unknown")
	}
}

func TestAddRefuses(t *testing.T) {
	r := newRig(t)
	good := staff.Member{ID: "hca.2", Name: "Bob", Role: "hca"}
	for _, c := range []struct {
		edit func(*staff.Member)
		pin  string
		code appliance.Code
		key  string
	}{
		{func(m *staff.Member) { m.ID = "hca.1" }, "805131", appliance.Conflict, "staff.exists"},
		{func(m *staff.Member) { m.ID = "two words" }, "805131", appliance.Invalid, "staff.id"},
		{func(m *staff.Member) { m.ID = "" }, "805131", appliance.Invalid, "staff.id"},
		{func(m *staff.Member) { m.Name = " " }, "805131", appliance.Invalid, "staff.name"},
		{func(m *staff.Member) { m.Role = "root" }, "805131", appliance.Invalid, "staff.role"},
		{func(*staff.Member) {}, "12345", appliance.Invalid, "staff.pin.digits"},
		{func(*staff.Member) {}, "1234567", appliance.Invalid, "staff.pin.digits"},
		{func(*staff.Member) {}, "12a456", appliance.Invalid, "staff.pin.digits"},
		{func(*staff.Member) {}, "٣٣٣", appliance.Invalid, "staff.pin.digits"},
		{func(*staff.Member) {}, "777777", appliance.Invalid, "staff.pin.simple"},
		{func(*staff.Member) {}, "123456", appliance.Invalid, "staff.pin.simple"},
		{func(*staff.Member) {}, "567890", appliance.Invalid, "staff.pin.simple"},
		{func(*staff.Member) {}, "987654", appliance.Invalid, "staff.pin.simple"},
	} {
		m := good
		c.edit(&m)
		checkError(t, r.Add(t.Context(), "it.1", m, c.pin), c.code, c.key)
	}
	must(t, r.Add(t.Context(), "it.1", good, "112233"))
}

// TestCopiedRowIsWorthless moves a member's row to another box, and another member's verifier into a row.
func TestCopiedRowIsWorthless(t *testing.T) {
	r, other := newRig(t), newRig(t)
	row, err := r.store.StaffRow(t.Context(), "hca.1")
	must(t, err)
	row.ID = "hca.1"
	must(t, other.store.SaveStaff(t.Context(), row))
	_, err = other.Authenticate(t.Context(), "hca.1", "805131")
	checkError(t, err, appliance.Unverified, "staff.damaged")
	row.ID = "hca.2"
	must(t, r.store.AddStaff(t.Context(), row))
	_, err = r.Authenticate(t.Context(), "hca.2", "805131")
	checkError(t, err, appliance.Unverified, "staff.damaged")
	members, damaged, err := r.List(t.Context()) // everybody else can still sign in
	if err != nil || len(members) != 1 || members[0].ID != "hca.1" || len(damaged) != 1 || damaged[0] != "hca.2" {
		t.Errorf("list %v, damaged %v, %v", members, damaged, err)
	}
}

// TestUnknownTakesAsLong measures with costs that can be told from noise.
func TestUnknownTakesAsLong(t *testing.T) {
	r := newRig(t)
	dear := staff.Params{MemoryKiB: 16 << 10, Time: 2, Threads: 1}
	service := staff.New(staff.Options{Rows: r.store, Vault: r.vault, Clock: r.clock, Params: dear})
	must(t, service.Add(t.Context(), "it.1", staff.Member{ID: "hca.3", Name: "C", Role: "hca"}, "805131"))
	measure := func(id string) time.Duration {
		best := time.Hour
		for range 3 {
			start := time.Now()
			service.Authenticate(t.Context(), id, "000001")
			best = min(best, time.Since(start))
		}
		return best
	}
	known, unknown := measure("hca.3"), measure("hca.4")
	if unknown < known/3 {
		t.Errorf("unknown id takes %v, known %v", unknown, known)
	}
}

// watched notes the failures that each save carries.
type watched struct {
	staff.Rows
	failures []int
}

func (w *watched) SaveStaff(ctx context.Context, row staff.Row, events ...audit.Event) error {
	w.failures = append(w.failures, row.Failures)
	return w.Rows.SaveStaff(ctx, row, events...)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkError(t *testing.T, err error, code appliance.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("error %v, want %s %s", err, code, key)
	}
}
