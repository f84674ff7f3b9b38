package demo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/firmware/demo"
)

func start(t *testing.T, script string) *demo.Process {
	t.Helper()
	p, err := demo.StartProcess(t.TempDir(), "sample", "/bin/sh", []string{"WORD=hello"}, "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

func TestProcessStops(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "ready")
	p := start(t, `trap 'exit 0' TERM; touch `+mark+`; while :; do sleep 0.05; done`)
	ready := func(context.Context) error { _, err := os.Stat(mark); return err }
	if err := p.WaitReady(t.Context(), 5*time.Second, ready); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil || p.ExitCode() != 0 {
		t.Errorf("Stop = %v, exit status %d, want a clean end", err, p.ExitCode())
	}
	if err := p.Stop(); err != nil {
		t.Errorf("a second Stop = %v", err)
	}
}

func TestProcessThatEndsAtOnceTellsWhy(t *testing.T) {
	p := start(t, `echo "$WORD: no camera" >&2; exit 5`)
	err := p.WaitReady(t.Context(), 5*time.Second, func(context.Context) error { return errors.New("not yet") })
	if err == nil || !strings.Contains(err.Error(), "hello: no camera") || !strings.Contains(err.Error(), "exit status 5") {
		t.Errorf("WaitReady = %v, want the program's own words and its status", err)
	}
}

func TestProcessKill(t *testing.T) {
	p := start(t, `exec sleep 100`)
	p.Kill()
	if p.ExitCode() != -1 {
		t.Errorf("exit status %d, want that of a signal", p.ExitCode())
	}
}

func TestStartProcessWithoutProgram(t *testing.T) {
	if _, err := demo.StartProcess(t.TempDir(), "sample", "/no/such/program", nil); err == nil {
		t.Error("no error")
	}
}
