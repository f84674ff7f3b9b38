package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"dermbox/appliance/clock"
	"dermbox/sync/hub/server"
)

// signsIn says whether the first account has the password that init showed.
func (h *hub) signsIn(said string) {
	h.t.Helper()
	shown := regexp.MustCompile(`(?m)^Password of admin, shown only now: (\S+)$`).FindStringSubmatch(said)
	if shown == nil {
		h.t.Fatalf("no password in %q", said)
	}
	t := &tool{errors: os.Stderr, flags: pflag.NewFlagSet("", pflag.ContinueOnError), clock: clock.System(time.Time{}, time.Time{}), configPath: filepath.Join(h.dir, "dermhub.yaml")}
	c, err := t.settings()
	if err != nil {
		h.t.Fatal(err)
	}
	open, err := server.OpenBeside(h.t.Context(), t.server(c))
	if err != nil {
		h.t.Fatal(err)
	}
	defer open.Close()
	if _, err := open.People.Authenticate(h.t.Context(), "127.0.0.1", "admin", shown[1]); err != nil {
		h.t.Errorf("the password that init showed: %v", err)
	}
}

func TestARefusedInitMakesNothing(t *testing.T) {
	h := newHub(t)
	for _, out := range []string{filepath.Join(h.dir, "data", "escrow.key"), filepath.Join(h.dir, "dermhub.yaml"), filepath.Join(h.dir, "no", "folder")} {
		h.want(exitInvalid, "init", "--escrow-out", out)
	}
	h.want(exitInvalid, "init", "--escrow-out", h.escrow, "--admin-username", "A B")
	if _, err := os.Stat(filepath.Join(h.dir, "data")); !os.IsNotExist(err) {
		t.Errorf("a refused init left something: %v", err)
	}
	said, _ := h.want(exitOK, "init", "--escrow-out", h.escrow)
	h.signsIn(said)
}

// TestARepeatedInitShowsAPasswordThatWorks: the first was cut short after the account, before the hub was there.
func TestARepeatedInitShowsAPasswordThatWorks(t *testing.T) {
	h := newHub(t)
	h.want(exitOK, "init", "--escrow-out", h.escrow)
	if err := os.Remove(filepath.Join(h.dir, "data", "keys", "hub.json")); err != nil {
		t.Fatal(err)
	}
	said, _ := h.want(exitOK, "init", "--escrow-out", h.escrow+"2")
	h.signsIn(said)
}
