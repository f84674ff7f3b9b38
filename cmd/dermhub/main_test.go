package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance/clock"
	"dermbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub is a folder with a configuration, on which a test calls dermhub as a person does.
type hub struct {
	t      *testing.T
	dir    string
	escrow string
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{t: t, dir: t.TempDir(), escrow: filepath.Join(t.TempDir(), "escrow.key")}
	config := "data_dir: ./data\ntrust: RZZ\nname: Test hub\ndevice:\n  listen: 127.0.0.1:0\npeople:\n  listen: 127.0.0.1:0\n"
	if err := os.WriteFile(filepath.Join(h.dir, "dermhub.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hub) call(ctx context.Context, args ...string) (code int, out, errors string) {
	h.t.Helper()
	var o, e bytes.Buffer
	t := &tool{out: &o, errors: &e, version: "test", clock: clock.System(time.Time{}, time.Time{})}
	code = t.run(ctx, append([]string{"--config", filepath.Join(h.dir, "dermhub.yaml")}, args...))
	return code, o.String(), e.String()
}

func (h *hub) want(code int, args ...string) (out, errors string) {
	h.t.Helper()
	got, out, errors := h.call(h.t.Context(), args...)
	if got != code {
		h.t.Errorf("dermhub %s: code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errors)
	}
	if strings.Contains(out+errors, "[hubctl") {
		h.t.Errorf("dermhub %s: a sentence is missing:\n%s%s", strings.Join(args, " "), out, errors)
	}
	return out, errors
}

func TestAHubFromNothing(t *testing.T) {
	h := newHub(t)
	for _, args := range [][]string{{"serve"}, {"case", "list"}, {"key", "show"}, {"device", "invite", "box-1", "--site", "RZZ01"}} {
		if _, said := h.want(exitNotFound, args...); !strings.Contains(said, "dermhub init") {
			t.Errorf("%v: no remedy: %s", args, said)
		}
	}
	h.want(exitUsage, "init")
	h.want(exitInvalid, "init", "--escrow-out", filepath.Join(h.dir, "data", "escrow.key"))
	out, _ := h.want(exitOK, "init", "--escrow-out", h.escrow)
	if !strings.Contains(out, h.escrow) || !strings.Contains(out, "Password of admin") {
		t.Errorf("init said %s", out)
	}
	h.want(exitConflict, "init", "--escrow-out", h.escrow+"2")

	out, _ = h.want(exitOK, "device", "invite", "box-1", "--site", "RZZ01", "--url", "https://hub.example.invalid:8461")
	i, err := wire.DecodeInvite(out)
	if err != nil || i.Device != "box-1" || i.URL != "https://hub.example.invalid:8461" {
		t.Errorf("invite %q: %+v %v", out, i, err)
	}
	h.want(exitInvalid, "device", "invite", "Box 1", "--site", "RZZ01")
	h.want(exitInvalid, "device", "invite", "box-1", "--site", "RZZ01", "--for", "1s")
	h.want(exitOK, "user", "add", "reader", "--full-name", "A Reader")
	h.want(exitConflict, "user", "add", "reader", "--full-name", "A Reader")
	h.want(exitInvalid, "user", "add", "other", "--full-name", "A", "--role", "king")
	h.want(exitInvalid, "--trust", "RYY", "key", "show")
	h.want(exitNotFound, "case", "show", "6f1c1f4e-0b8e-4a55-9c55-0a4c3f1a7d10")
	h.want(exitUsage, "case", "shwo")
	for _, args := range [][]string{{"device", "list"}, {"user", "list"}, {"case", "list"}, {"alarm", "list"}, {"reconcile"}, {"key", "show"}, {"version"}} {
		h.want(exitOK, args...)
		out, _ := h.want(exitOK, append(args, "--json")...)
		if !json.Valid([]byte(out)) {
			t.Errorf("%v --json: %s", args, out)
		}
		if strings.Contains(out, "argon2id") || strings.Contains(out, i.Secret) || strings.Contains(out, "PRIVATE") {
			t.Errorf("%v --json gives a secret away", args)
		}
	}
}

func TestServeStopsCleanlyAndIsReadBeside(t *testing.T) {
	h := newHub(t)
	h.want(exitOK, "init", "--escrow-out", h.escrow)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		code, out, said := h.call(ctx, "serve")
		if !strings.Contains(out, "https://127.0.0.1:") {
			t.Errorf("serve said %s%s", out, said)
		}
		done <- code
	}()
	for range 500 { // until it holds the folder, a second one would get it
		if _, err := os.Stat(filepath.Join(h.dir, "data", "serving.lock")); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	h.want(exitOK, "case", "list")
	h.want(exitOK, "reconcile", "--json")
	h.want(exitConflict, "serve")
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("serve ended with %d", code)
	}
}

func TestHelpIsInTheCatalogue(t *testing.T) {
	h := newHub(t)
	for _, args := range [][]string{{"--help"}, {"init", "--help"}, {"serve", "--help"}, {"device", "invite", "--help"},
		{"user", "add", "--help"}, {"case", "show", "--help"}, {"reconcile", "--help"}, {"key", "show", "--help"}, {"alarm", "list", "--help"}, {"alarm", "close", "--help"}, {"help", "exit-codes"},
		{"completion", "bash"}} {
		out, _ := h.want(exitOK, args...)
		if strings.Contains(out, "[hubctl") || out == "" {
			t.Errorf("%v:\n%s", args, out)
		}
	}
}

func TestABadKeyOfTheConfigurationIsNamed(t *testing.T) {
	h := newHub(t)
	if err := os.WriteFile(filepath.Join(h.dir, "dermhub.yaml"), []byte("trust: RZZ\nname: x\ndata_dri: /tmp\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, said := h.want(exitInvalid, "case", "list"); !strings.Contains(said, "data_dir") {
		t.Errorf("said %s", said)
	}
}
