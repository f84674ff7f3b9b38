package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestScriptKeepsGoTestsStatus runs tools/test.sh with a go and a summary of its own: whatever the summary makes of what it
// read, a go test that failed fails the run.
func TestScriptKeepsGoTestsStatus(t *testing.T) {
	script, err := filepath.Abs("../../test.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		first, tools, summary string // exit statuses: go test of the project, go test of the tools, the summary
		good                  bool
	}{
		"all good":             {"0", "0", "0", true},
		"go test failed":       {"1", "0", "0", false},
		"the tools failed":     {"0", "1", "0", false},
		"go test was killed":   {"137", "0", "0", false},
		"the summary says no":  {"0", "0", "1", false},
		"everything went down": {"1", "1", "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			write("go", `case "$1" in -C) exit `+c.tools+`;; esac; exit `+c.first)
			write("summary", "cat >/dev/null; exit "+c.summary)
			run := exec.CommandContext(t.Context(), "bash", script, "summary", "tags", "./...")
			run.Dir = dir
			run.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			said, err := run.CombinedOutput()
			if _, exit := errors.AsType[*exec.ExitError](err); err != nil && !exit {
				t.Fatal(err)
			}
			if good := err == nil; good != c.good {
				t.Errorf("test.sh: good = %t, want %t; it said %s", good, c.good, said)
			}
		})
	}
}
