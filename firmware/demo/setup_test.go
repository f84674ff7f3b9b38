package demo_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// cancelAt is where people read, and somebody who presses Ctrl-C as soon as a line says the word.
type cancelAt struct {
	word   string
	cancel context.CancelFunc
}

func (c cancelAt) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.word) {
		c.cancel()
	}
	return len(p), nil
}

// again makes another demonstration in the same folder, as the next make run does. Nothing runs yet.
func (r *rig) again(t *testing.T, change func(o *demo.Options)) *demo.Demo {
	t.Helper()
	o := r.options
	o.HubURL = "" // its own port, as make run has it
	change(&o)
	d, err := demo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// TestMakeRun uses one clinic as make does, from its first run on.
func TestMakeRun(t *testing.T) {
	r := newRig(t, nil)
	t.Run("set-up goes on where it was stopped", func(t *testing.T) { setupGoesOn(t, r) })
	t.Run("the hub cannot move", func(t *testing.T) { hubCannotMove(t, r) })
	t.Run("the case arrives by itself", func(t *testing.T) { arrivesByItself(t, r) })
	t.Run("ONCE names the step", func(t *testing.T) { onceNamesTheStep(t, r) })
}

// setupGoesOn stops the first set-up between the enrolment and the member of staff. The next run must add them.
func setupGoesOn(t *testing.T, r *rig) {
	ctx, cancel := context.WithCancel(t.Context())
	stopped := r.again(t, func(o *demo.Options) { o.Out = cancelAt{"is enrolled", cancel} })
	if err := stopped.Setup(ctx); err == nil || ctx.Err() == nil {
		t.Fatalf("Setup = %v, want it stopped after the enrolment", err)
	}
	if err := stopped.Close(); err != nil {
		t.Fatal(err)
	}
	next := r.again(t, func(*demo.Options) {})
	if err := next.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, said := r.program(t, "dermboxctl", "user", "list", "--config", r.boxConfig()); code != 0 || !strings.Contains(said, "demo-hca") {
		t.Errorf("user list ends with %d and does not name the member of staff: %s", code, said)
	}
	if err := next.Close(); err != nil {
		t.Fatal(err)
	}
}

// hubCannotMove starts with another HUB_DEVICE_PORT: it must say at once that this box would never find its hub there.
func hubCannotMove(t *testing.T, r *rig) {
	port := strconv.Itoa(r.options.Ports.HubDevice)
	elsewhere := func(o *demo.Options) { o.Ports.HubDevice = freePorts(t, 1)[0] }
	err := r.again(t, elsewhere).Setup(t.Context())
	if step, ok := errors.AsType[*demo.StepError](err); !ok || step.Step != "hub" {
		t.Fatalf("Setup with another HUB_DEVICE_PORT = %v, want the step hub to fail", err)
	}
	tells(t, err.Error(), "HUB_DEVICE_PORT="+port, "make forget")
	o := r.options
	o.HubURL = ""
	elsewhere(&o)
	if err := demo.RunHub(t.Context(), o); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("make hub with another port = %v, want it refused", err)
	}
}

// TestTrustIsMadeWhole stops the making of the trust at each of its steps. What the next run finds must become a whole trust,
// with the escrow key that its hub knows.
func TestTrustIsMadeWhole(t *testing.T) {
	r := newRig(t, nil)
	in := func(parts ...string) string { return filepath.Join(append([]string{r.options.Var}, parts...)...) }
	for _, c := range []struct {
		name string
		left func(t *testing.T)
		anew bool // the trust is another one than before
	}{
		{"nothing", func(*testing.T) {}, true},
		{"half a hub in its folder of making", func(t *testing.T) {
			move(t, in("hub"), in("making", "hub"))
			move(t, in("trust"), in("making", "trust"))
			remove(t, in("making", "trust", "made"))
		}, true},
		{"a whole one that was not moved", func(t *testing.T) {
			move(t, in("hub"), in("making", "hub"))
			move(t, in("trust"), in("making", "trust"))
		}, false},
		{"the hub moved, the trust not", func(t *testing.T) { move(t, in("trust"), in("making", "trust")) }, false},
		{"a hub without its mark in its place", func(t *testing.T) { remove(t, in("trust", "made")) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := os.ReadFile(in("trust", "escrow.key"))
			c.left(t)
			if err := r.MakeTrust(t.Context()); err != nil {
				t.Fatal(err)
			}
			if ids, err := r.HubCases(t.Context()); err != nil || len(ids) != 0 {
				t.Errorf("HubCases = %v, %v", ids, err)
			}
			after, err := os.ReadFile(in("trust", "escrow.key"))
			if err != nil || bytes.Equal(before, after) == c.anew {
				t.Errorf("the escrow key is the one of before: %t, %v", bytes.Equal(before, after), err)
			}
			if _, err := os.Lstat(in("making")); err == nil {
				t.Error("the folder of making is left")
			}
		})
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.Rename(from, to)); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}
