package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	passLine  = `{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0.1}`
	okLine    = `{"Action":"pass","Package":"p","Elapsed":0.2}`
	skipLines = `{"Action":"output","Package":"p","Test":"TestS","Output":"    s_test.go:9: no camera here\n"}
{"Action":"skip","Package":"p","Test":"TestS","Elapsed":0}`
	failLines = `{"Action":"output","Package":"p","Test":"TestF","Output":"    f_test.go:3: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestF","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":0.2}`
	buildLines = `{"ImportPath":"p","Action":"build-output","Output":"x.go:1:1: undefined: y\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p","Elapsed":0}`
	startLine = `{"Action":"start","Package":"p"}`
	runLine   = `{"Action":"run","Package":"p","Test":"TestH"}`
	noTests   = `{"Action":"start","Package":"q"}
{"Action":"skip","Package":"q","Elapsed":0}`
	hungLines = `{"Action":"run","Package":"p","Test":"TestH"}
{"Action":"output","Package":"p","Test":"TestH","Output":"=== RUN   TestH\n"}
{"Action":"fail","Package":"p","Elapsed":600}`
)

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		in     []string
		skips  string
		strict bool
		good   bool
		shows  []string
	}{
		"all pass":              {in: []string{passLine, okLine}, good: true, shows: []string{"ok    p", "1 passed, 0 failed, 0 skipped"}},
		"nothing ran":           {in: nil, shows: []string{"0 passed, 0 failed, 0 skipped"}},
		"a failure":             {in: []string{passLine, failLines}, shows: []string{"got 1, want 2", "failed  p TestF", "1 passed, 1 failed"}},
		"a build failure":       {in: []string{passLine, buildLines}, shows: []string{"undefined: y", "1 passed, 1 failed"}},
		"a test that hung":      {in: []string{passLine, hungLines}, shows: []string{"did not end: TestH", "1 passed, 1 failed"}},
		"the end is missing":    {in: []string{startLine, passLine}, shows: []string{"failed  p (did not end)", "1 passed, 1 failed"}},
		"a test has no end":     {in: []string{startLine, passLine, runLine}, shows: []string{"failed  p TestH (did not end)", "1 passed, 1 failed"}},
		"a line is cut short":   {in: []string{startLine, passLine, okLine[:20]}, shows: []string{okLine[:20], "1 passed, 1 failed"}},
		"start, tests and end":  {in: []string{startLine, passLine, okLine, noTests}, good: true, shows: []string{"1 passed, 0 failed"}},
		"a skip at the desk":    {in: []string{passLine, skipLines}, good: true, shows: []string{"skip  p TestS: no camera here"}},
		"a skip in CI":          {in: []string{passLine, skipLines}, strict: true, shows: []string{"does not name it", "1 passed, 1 failed, 1 skipped"}},
		"a named skip in CI":    {in: []string{passLine, skipLines}, skips: "p TestS # no camera\n", strict: true, good: true},
		"a stale name":          {in: []string{passLine}, skips: "p TestZ # gone\n", good: true, shows: []string{"note: .ci/skips names p TestZ"}},
		"text that is no event": {in: []string{"go: warning", passLine}, good: true, shows: []string{"go: warning"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "skips")
			if err := os.WriteFile(file, []byte(c.skips), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			good, err := run(strings.NewReader(strings.Join(c.in, "\n")+"\n"), &out, file, c.strict)
			if err != nil || good != c.good {
				t.Fatalf("run = %v, %v, want %v; it said:\n%s", good, err, c.good, out.String())
			}
			for _, want := range c.shows {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestSkipWithoutReasonIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "skips")
	if err := os.WriteFile(file, []byte("p TestS\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSkips(file); err == nil {
		t.Fatal("an entry without a reason was taken")
	}
}
