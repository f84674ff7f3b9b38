package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance/clock"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/server"
)

// alarmed puts an alarm into the hub's ledger.
func (h *hub) alarmed() {
	h.t.Helper()
	t := &tool{out: os.Stdout, errors: os.Stderr, clock: clock.System(time.Time{}, time.Time{})}
	t.command()
	t.configPath = filepath.Join(h.dir, "dermhub.yaml")
	err := t.withHub(h.t.Context(), server.Open, func(ctx context.Context, s *server.Hub) error {
		return s.Ledger.Alarm(ctx, ledger.Device{Trust: "RZZ", Site: "RZZ01", ID: "box-1"}, string(ledger.ChainGap), "sha256:feed")
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestOpenAlarmsAreSeenAndClosed(t *testing.T) {
	h := newHub(t)
	h.want(exitOK, "init", "--escrow-out", h.escrow)
	h.want(exitOK, "reconcile")
	h.alarmed()
	if out, said := h.want(exitNeedsIT, "reconcile"); !strings.Contains(out, "sha256:feed") || !strings.Contains(said, "alarm close") {
		t.Errorf("reconcile said %s%s", out, said)
	}
	h.want(exitNeedsIT, "reconcile", "--json")
	out, _ := h.want(exitOK, "alarm", "list", "--json")
	var alarms []ledger.Alarm
	if err := json.Unmarshal([]byte(out), &alarms); err != nil || len(alarms) != 1 || alarms[0].Device.ID != "box-1" || !alarms[0].Open() {
		t.Fatalf("%s %v", out, err)
	}
	id := strconv.FormatInt(alarms[0].ID, 10)
	h.want(exitUsage, "alarm", "close", id)
	h.want(exitInvalid, "alarm", "close", id, "--reason", " ")
	h.want(exitNotFound, "alarm", "close", "4711", "--reason", "x")
	out, _ = h.want(exitOK, "alarm", "close", id, "--reason", "the site lost a disk", "--json")
	if !strings.Contains(out, "the site lost a disk") || !strings.Contains(out, "uid:") {
		t.Errorf("close said %s", out)
	}
	h.want(exitConflict, "alarm", "close", id, "--reason", "again")
	h.want(exitOK, "reconcile")
	if out, _ := h.want(exitOK, "alarm", "list"); strings.Contains(out, "sha256:feed") {
		t.Errorf("a closed alarm is open: %s", out)
	}
	if out, _ := h.want(exitOK, "alarm", "list", "--all"); !strings.Contains(out, "the site lost a disk") {
		t.Errorf("a closed alarm is gone: %s", out)
	}
}

func TestAHubWhoseLedgerIsGoneIsNotFound(t *testing.T) {
	h := newHub(t)
	h.want(exitOK, "init", "--escrow-out", h.escrow)
	book := filepath.Join(h.dir, "data", "ledger.db")
	if err := os.Remove(book); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"reconcile"}, {"case", "list"}, {"user", "add", "x.y", "--full-name", "X"},
		{"device", "invite", "box-1", "--site", "RZZ01"}} {
		if _, said := h.want(exitNotFound, args...); !strings.Contains(said, "nothing was changed") || !strings.Contains(said, "backup") {
			t.Errorf("%v said %s", args, said)
		}
	}
	if _, err := os.Stat(book); err == nil {
		t.Error("an empty ledger was made")
	}
}

func TestOrphansAreCounted(t *testing.T) {
	h := newHub(t)
	h.want(exitOK, "init", "--escrow-out", h.escrow)
	dir := filepath.Join(h.dir, "data", "parts", "orphaned")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.Repeat("ab", 16)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := h.want(exitOK, "reconcile"); !strings.Contains(out, "parts/orphaned") {
		t.Errorf("reconcile said %s", out)
	}
	if out, _ := h.want(exitOK, "reconcile", "--json"); !strings.Contains(out, `"orphaned": 1`) {
		t.Errorf("reconcile said %s", out)
	}
}

func TestTheNearestNameIsOffered(t *testing.T) {
	h := newHub(t)
	for want, args := range map[string][]string{
		"“show”":       {"key", "list"},
		"“reconcile”":  {"reconcil"},
		"“list”":       {"case", "lst"},
		"“--json”":     {"case", "list", "--jsn"},
		"“--data-dir”": {"serve", "--data-dri", "x"},
	} {
		if _, said := h.want(exitUsage, args...); !strings.Contains(said, want) {
			t.Errorf("%v: %s is not offered: %s", args, want, said)
		}
	}
	h.want(exitUsage, "xyzzy")
}

// TestEveryReadingCommandHasJSON walks the commands; those that change something are named here.
func TestEveryReadingCommandHasJSON(t *testing.T) {
	changing := map[string]bool{"dermhub init": true, "dermhub serve": true, "dermhub user add": true}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		if c.Runnable() && !c.HasSubCommands() && !changing[c.CommandPath()] && c.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", c.CommandPath())
		}
	}
	walk((&tool{}).command())
}

func TestTheModeReachesTheHub(t *testing.T) {
	h := newHub(t)
	path := filepath.Join(h.dir, "dermhub.yaml")
	for mode, want := range map[string]bool{"": false, "mode: live\n": false, "mode: demonstration\n": true} {
		if err := os.WriteFile(path, []byte(mode+"data_dir: ./data\ntrust: RZZ\nname: Test hub\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		tl := &tool{errors: os.Stderr, clock: clock.System(time.Time{}, time.Time{})}
		tl.command()
		tl.configPath = path
		c, err := tl.settings()
		if err != nil || tl.server(c).Demonstration != want {
			t.Errorf("%q: demonstration %v, %v", mode, !want, err)
		}
	}
}
