package daemon

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/health"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/camera"
)

// It is an internal test because a database that refuses everything cannot be had from outside while the daemon runs.

// A disk that takes nothing is told once, not five times a second for as long as it lasts.
func TestFailingDiskIsLoggedOnce(t *testing.T) {
	dir, log := t.TempDir(), &bytes.Buffer{}
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "key")))
	if err != nil {
		t.Fatal(err)
	}
	x := &box{clock: clock.System(time.Time{}, time.Time{}), log: slog.New(slog.NewTextHandler(log, nil))}
	x.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "cases.db"), Vault: v, Clock: x.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.store.Close(); err != nil {
		t.Fatal(err)
	}
	w := &watch{box: x}
	now := x.clock.Now().Mono
	for range 50 {
		w.record(context.Background(), camera.Opened{})
		w.count(context.Background(), now)
	}
	for _, line := range []string{"is not recorded", "cannot be counted"} {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("%q was logged %d times", line, n)
		}
	}
	if w.recorded {
		t.Error("the opening counts as recorded")
	}
}

func TestTroubleWaitsLongerEachTime(t *testing.T) {
	var x trouble
	now := int64(time.Hour)
	var waits []time.Duration
	for i := range 9 {
		if !x.due(now) {
			t.Fatalf("try %d is not due", i)
		}
		if news := x.failed(now, appliance.Full); news != (i == 0) {
			t.Errorf("failure %d is news: %v", i, news)
		}
		if x.due(now) || x.due(x.next-1) {
			t.Fatalf("try %d is due at once", i)
		}
		waits = append(waits, time.Duration(x.next-now))
		now = x.next
	}
	if waits[0] != firstWait || waits[1] != 2*firstWait || waits[8] != mostWait {
		t.Errorf("waits %v", waits)
	}
	if !x.failed(now, appliance.Unavailable) {
		t.Error("another reason is no news")
	}
}

// "service X stopped" leaves health when the service has run on, and not while it fails again and again.
func TestSettledServiceIsWellAgain(t *testing.T) {
	x := &box{clock: clock.System(time.Time{}, time.Time{}), log: slog.New(slog.DiscardHandler)}
	x.health = health.New(x.clock)
	x.failed("camera", nil)
	now := x.clock.Now().Mono
	clear := func(service string) { x.health.Remove("service " + service) }
	x.failures.settle(now+settled/2, clear)
	if _, told := x.health.Get("service camera"); !told {
		t.Fatal("a service that just failed is not told")
	}
	x.failures.note("camera", now+settled/2, func() {})
	x.failures.settle(now+settled, clear)
	if _, told := x.health.Get("service camera"); !told {
		t.Fatal("a service that failed again is not told")
	}
	x.failures.settle(now+2*settled, clear)
	if state, told := x.health.Get("service camera"); told {
		t.Fatalf("after it ran on: %+v", state)
	}
}
