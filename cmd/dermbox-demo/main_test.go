package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

func TestExitStatusOfCommandLines(t *testing.T) {
	for line, want := range map[string]int{
		"":                            0,
		"--help":                      0,
		"run --help":                  0,
		"nonsense":                    2,
		"--nonsense":                  2,
		"run nonsense":                2,
		"run --nonsense":              2,
		"run --kiosk-port word":       2,
		"hub nonsense":                2,
		"run --network maybe":         3,
		"run --bin /no/such --var ''": 4,
		"hub --bin /no/such/folder":   4,
	} {
		t.Run(line, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if got := run(strings.Fields(line)); got != want {
				t.Errorf("exit status %d, want %d", got, want)
			}
		})
	}
}

func TestEnd(t *testing.T) {
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	step := &demo.StepError{Step: "finding", Err: appliance.E(appliance.Unavailable, "demo.box_down", nil)}
	stop := &demo.StopError{Err: errors.New("dermboxd did not stop")}
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		code int
		says string
	}{
		"every step":                       {t.Context(), nil, 0, ""},
		"a step":                           {t.Context(), step, 5, "FAILED at finding"},
		"Ctrl-C before the end":            {stopped, step, 130, "stopped before"},
		"Ctrl-C, and a program stayed":     {stopped, stop, 1, "FAILED at stopping: dermboxd did not stop"},
		"Ctrl-C in a step, and one stayed": {stopped, errors.Join(step, stop), 1, "FAILED at stopping"},
		"a file that verifies with nobody": {t.Context(), appliance.E(appliance.Unverified, "x", nil), 6, ""},
		"another's folder":                 {t.Context(), appliance.E(appliance.Conflict, "x", nil), 8, ""},
		"no room":                          {t.Context(), appliance.E(appliance.Full, "storage.full", nil), 7, "full"},
		"a fault of ours with no code":     {t.Context(), errors.New("odd"), 1, "odd"},
		"a command line that does not fit": {t.Context(), usageError{errors.New("unknown flag")}, 2, "--help"},
	} {
		t.Run(name, func(t *testing.T) {
			var said strings.Builder
			if code := end(c.ctx, c.err, &said); code != c.code || !strings.Contains(said.String(), c.says) {
				t.Errorf("exit status %d, want %d; it said %q, want %q", code, c.code, said.String(), c.says)
			}
		})
	}
}
