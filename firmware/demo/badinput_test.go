package demo_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// TestBadInput gives a working clinic what goes wrong in clinics. Each must end in a sentence that a person can act on and a
// health state or exit status, and no case may be lost: those of before are still there at the end.
func TestBadInput(t *testing.T) {
	r := newRig(t, nil)
	r.startAll(t)
	first := r.visit(t)
	r.received(t, first)
	t.Run("no camera", func(t *testing.T) { noCamera(t, r) })
	t.Run("a model with one byte changed", func(t *testing.T) { changedModel(t, r) })
	t.Run("a hub with another CA", func(t *testing.T) { otherCA(t, r) })
	r.stop(t)
	t.Run("a bad settings key", func(t *testing.T) { badKey(t, r) })
	t.Run("a port in use", func(t *testing.T) { portInUse(t, r) })
	r.start(t)
	trace, err := r.Trace(t.Context(), first)
	if err != nil || trace.State != appliance.Receipted {
		t.Errorf("the case of before stands at %s, %v", trace.State, err)
	}
	r.onceAtHub(t, first)
}

// check waits until the named line of the box's health has the wanted level, and gives its sentence.
func (r *rig) check(t *testing.T, name, level string) string {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		s, err := r.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Health.Checks {
			if c.Name == name && c.Level == level {
				return c.Sentence()
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no check %s came to %s: %+v", name, level, s.Health.Checks)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// tells fails unless the sentence is one for people: words, none of them a bare key or a Go error, with what to do.
func tells(t *testing.T, sentence string, words ...string) {
	t.Helper()
	if strings.HasPrefix(sentence, "[") || len(strings.Fields(sentence)) < 6 {
		t.Errorf("%q is no sentence", sentence)
	}
	for _, w := range words {
		if !strings.Contains(strings.ToLower(sentence), strings.ToLower(w)) {
			t.Errorf("%q does not speak of %q", sentence, w)
		}
	}
}

func noCamera(t *testing.T, r *rig) {
	if err := r.StopScope(); err != nil {
		t.Fatal(err)
	}
	tells(t, r.check(t, "camera", "error"), "camera")
	if code, said := r.program(t, "dermboxctl", "health", "--config", r.boxConfig()); code != 5 {
		t.Errorf("dermboxctl health ends with %d, want 5; it said %s", code, said)
	}
	v, err := r.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Capture(t.Context()); err == nil {
		t.Error("a still was taken without a camera")
	} else {
		tells(t, err.Error(), "camera")
	}
	if err := r.StartScope(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.check(t, "camera", "ok")
	for _, step := range []func(context.Context) error{v.Continue, v.Capture, v.SignOff} { // the visit goes on where it was
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.received(t, v.ID())
}

func changedModel(t *testing.T, r *rig) {
	good := r.pack(t)
	changed := bytes.Clone(good)
	changed[len(changed)/3] ^= 1
	r.stop(t)
	put := func(pack []byte) {
		r.installPack(t, pack)
		r.onShelf(t, pack)
	}
	put(changed) // where the settings name it, and where the box keeps what it took
	defer func() { r.stop(t); put(good); r.start(t) }()
	if err := r.StartBoxWithout(t.Context(), "model"); err != nil {
		t.Fatal(err)
	}
	tells(t, r.check(t, "model", "error"))
	_, err := r.Visit(t.Context())
	if step, ok := errors.AsType[*demo.StepError](err); !ok || step.Step != "finding" {
		t.Fatalf("Visit = %v, want no finding", err)
	}
	id := r.VisitID()
	trace := r.received(t, id)
	if f := trace.Findings[0]; f.Status != appliance.NotAssessed || f.Route != appliance.DermReviewNoAI || len(f.Classes) > 0 {
		t.Errorf("with a changed model the lesion is %s, %s, %v", f.Status, f.Route, f.Classes)
	}
}

// onShelf writes over the packs that the box keeps.
func (r *rig) onShelf(t *testing.T, pack []byte) {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(r.options.Var, "box", "*", "models", "*.dermpack"))
	if err != nil || len(kept) == 0 {
		t.Fatalf("the box keeps %v, %v", kept, err)
	}
	for _, path := range kept {
		if err := os.WriteFile(path, pack, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// otherCA puts a hub of another trust where the box's own was. The box must give it nothing, and deliver when its own is back.
func otherCA(t *testing.T, r *rig) {
	if err := r.StopHub(); err != nil {
		t.Fatal(err)
	}
	other := r.options
	other.Var = filepath.Join(r.options.Var, "other")
	foreign, err := demo.New(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := foreign.MakeTrust(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := foreign.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := r.visit(t)
	tells(t, r.check(t, "sync", "error"), "trust")
	trace, err := r.Trace(t.Context(), id)
	if err != nil || trace.Receipt != nil {
		t.Errorf("the case has receipt %v, %v", trace.Receipt, err)
	}
	if ids, err := foreign.HubCases(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("the other trust's hub holds %d cases, %v", len(ids), err)
	}
	if err := foreign.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	// What needs IT is tried only once a minute; IT need not wait.
	if err := r.SyncNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.received(t, id)
}

// program runs one of the programs to its end and gives its exit status and what it said last.
func (r *rig) program(t *testing.T, program string, args ...string) (int, string) {
	t.Helper()
	p, err := demo.StartProcess(t.TempDir(), program, filepath.Join(r.options.Bin, program), nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(30 * time.Second):
		p.Kill()
		t.Fatalf("%s went on; it said %s", program, p.LastWords())
	}
	return p.ExitCode(), p.LastWords()
}

func badKey(t *testing.T, r *rig) {
	settings, err := os.ReadFile(r.boxConfig())
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(filepath.Dir(r.boxConfig()), "bad.yaml")
	if err := os.WriteFile(bad, []byte(strings.Replace(string(settings), "  pathway:", "  pathwy:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := r.program(t, "dermboxd", "--config", bad)
	if code != 3 {
		t.Errorf("exit status %d, want 3", code)
	}
	tells(t, said, "site.pathwy", "site.pathway")
}

func portInUse(t *testing.T, r *rig) {
	taken, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(r.options.Ports.Kiosk))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	code, said := r.program(t, "dermboxd", "--config", r.boxConfig())
	if code != 5 {
		t.Errorf("exit status %d, want 5", code)
	}
	tells(t, said, strconv.Itoa(r.options.Ports.Kiosk), "kiosk.listen")
	run := exec.CommandContext(t.Context(), filepath.Join(r.options.Bin, "dermbox-demo"), "run", "--once", "--root", r.options.Root,
		"--var", t.TempDir(), "--bin", r.options.Bin, "--kiosk-port", strconv.Itoa(r.options.Ports.Kiosk))
	said2, err := run.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 5 {
		t.Errorf("make run = %v, want exit status 5", err)
	}
	tells(t, string(said2), strconv.Itoa(r.options.Ports.Kiosk), "KIOSK_PORT")
}
