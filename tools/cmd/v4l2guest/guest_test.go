package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	up       = "dermbox-guest: started\ndermbox-guest: ready 1.5\ndermbox-guest: begin\n"
	down     = "dermbox-guest: end 0\ndermbox-guest: done 2.5\n"
	passed   = "\x16=== NAME  \n\x16PASS\n"
	runA     = "\x16=== RUN   TestA\n\x16--- PASS: TestA (0.10s)\n"
	runB     = "\x16=== RUN   TestB\n\x16--- PASS: TestB (0.20s)\n"
	failedB  = "\x16=== RUN   TestB\n    b_test.go:1: wrong\n\x16--- FAIL: TestB (0.20s)\n"
	skippedB = "\x16=== RUN   TestB\n    b_test.go:1: no camera\n\x16--- SKIP: TestB (0.20s)\n"
)

// machine is a guest that a shell script plays: it prints what the file says of each attempt, then does what is asked.
func machine(t *testing.T, then string, said ...string) func(string) ([]string, error) {
	t.Helper()
	folder := t.TempDir()
	for i, s := range said {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `cd "$0"; n=$(ls -d ran* 2>/dev/null | wc -l); : >"ran$n"; cat "$n"; ` + then
	return func(string) ([]string, error) { return []string{"sh", "-c", script, folder}, nil }
}

func play(t *testing.T, o options) (good bool, said string) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "tests.txt")
	if err := os.WriteFile(list, []byte("# remark\nTestA\nTestB # remark\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.folder, o.pkg, o.attempts = t.TempDir(), "p", 2
	if err := os.WriteFile(filepath.Join(o.folder, "console.log"), []byte("Kernel panic\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	good, err := run(t.Context(), o, list, &out)
	if err != nil {
		t.Fatal(err)
	}
	return good, out.String()
}

func TestGuest(t *testing.T) {
	const hang = "exec sleep 100"
	for name, c := range map[string]struct {
		said         []string
		then         string
		first, limit time.Duration
		good         bool
		shows, hides string
	}{
		"all pass":                 {said: []string{up + runA + runB + passed + down}, good: true, shows: "v4l2: pass TestB", hides: "the list"},
		"one fails":                {said: []string{up + runA + failedB + "\x16=== NAME  \n\x16FAIL\n" + down}, shows: "v4l2: fail TestB"},
		"one is skipped":           {said: []string{up + runA + skippedB + passed + down}, shows: "v4l2: skip TestB"},
		"one is missing":           {said: []string{up + runA + passed + down}, shows: `"Action":"fail","Package":"p","Test":"TestB"`},
		"nothing ran":              {said: []string{up + passed + down}, shows: "TestA: the list names it"},
		"one is not named":         {said: []string{up + runA + runB + strings.ReplaceAll(runA, "TestA", "TestC") + passed + down}, shows: "TestC: the list does not name it"},
		"dies at the tests":        {said: []string{up + runA, up + runA + runB + down}, shows: "Kernel panic", hides: "attempt"},
		"dies after the tests":     {said: []string{up + runA + runB + passed}, shows: "ended before it was done"},
		"hangs at the tests":       {said: []string{up + runA, up + runA + runB + down}, then: hang, limit: 300 * time.Millisecond, shows: "not done after", hides: "attempt"},
		"says nothing, then wakes": {said: []string{"", up + runA + runB + passed + down}, then: `[ "$n" = 1 ] || ` + hang, first: time.Second, good: true, shows: "attempt 1 of 2"},
		"never says anything":      {said: []string{"", ""}, then: hang, first: 200 * time.Millisecond, shows: "said nothing for"},
		"talks to itself":          {said: []string{"dermbox-guest: started\nmodprobe: no\ndermbox-guest: cannot load vivid\n"}, shows: "guest: cannot load vivid"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options{command: machine(t, c.then, c.said...), first: time.Minute, limit: time.Minute}
			if c.first > 0 {
				o.first = c.first
			}
			if c.limit > 0 {
				o.limit = c.limit
			}
			good, said := play(t, o)
			if good != c.good || !strings.Contains(said, c.shows) || c.hides != "" && strings.Contains(said, c.hides) {
				t.Fatalf("good is %v, and it said:\n%s", good, said)
			}
		})
	}
}

func TestGuestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := guest{o: options{first: time.Minute}, report: newReport(&strings.Builder{}, "p", nil)}
	if err := g.run(ctx, []string{"sleep", "100"}); err == nil || g.begun {
		t.Fatalf("%v", err)
	}
}

func TestListWithoutTestsIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tests.txt")
	if err := os.WriteFile(file, []byte("# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readList(file); err == nil {
		t.Fatal("a list of nothing was taken")
	}
}

func TestQEMUWithoutKernel(t *testing.T) {
	if _, err := qemu(t.TempDir()); err == nil || !strings.Contains(err.Error(), "kernel.sh") {
		t.Fatalf("%v", err)
	}
}
