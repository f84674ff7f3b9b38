package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json` (go doc test2json), with the build events of go 1.24 on.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

type testID struct{ pkg, name string }

// summary collects what the events say. Only the output of tests that still run is held.
type summary struct {
	out            io.Writer
	output         map[testID]*strings.Builder
	builds         map[string]*strings.Builder // compiler output by import path
	running        map[string]bool             // packages that started and did not end yet
	passed, failed int
	skipped        []skip
	broken         []string // what failed, in order
}

type skip struct {
	id     testID
	reason string
}

func newSummary(out io.Writer) *summary {
	return &summary{
		out: out, output: map[testID]*strings.Builder{}, builds: map[string]*strings.Builder{}, running: map[string]bool{},
	}
}

// line takes one line of input; what is no event is passed through, so that nothing that go says is lost.
func (s *summary) line(raw []byte) {
	if len(strings.TrimSpace(string(raw))) == 0 {
		return
	}
	var e event
	if json.Unmarshal(raw, &e) != nil || e.Action == "" {
		fmt.Fprint(s.out, string(raw))
		return
	}
	switch {
	case strings.HasPrefix(e.Action, "build-"):
		s.build(e)
	case e.Test != "":
		s.test(e)
	default:
		s.pkg(e)
	}
}

func (s *summary) build(e event) {
	switch e.Action {
	case "build-output":
		builder(s.builds, e.ImportPath).WriteString(e.Output)
	case "build-fail":
		fmt.Fprint(s.out, builder(s.builds, e.ImportPath).String())
	}
}

func (s *summary) test(e event) {
	id := testID{e.Package, e.Test}
	switch e.Action {
	case "run":
		builder(s.output, id) // from now on it is one that must end
		return
	case "output":
		builder(s.output, id).WriteString(e.Output)
		return
	case "pass":
		s.passed++
	case "fail":
		s.fail(e.Package + " " + e.Test)
		fmt.Fprint(s.out, builder(s.output, id).String())
	case "skip":
		s.skipped = append(s.skipped, skip{id, skipReason(builder(s.output, id).String())})
	default:
		return
	}
	delete(s.output, id)
}

func (s *summary) pkg(e event) {
	id := testID{pkg: e.Package}
	switch e.Action {
	case "start":
		s.running[e.Package] = true
		return
	case "output":
		builder(s.output, id).WriteString(e.Output)
		return
	case "pass":
		fmt.Fprintf(s.out, "ok    %s  %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		s.packageFailed(e.Package, e.Elapsed, builder(s.output, id).String())
	case "skip": // a package without tests
	default:
		return
	}
	delete(s.running, e.Package)
}

// packageFailed shows the package's own output, and that of tests that never ended: a panic or a time-out kills them
// without an event.
func (s *summary) packageFailed(pkg string, seconds float64, output string) {
	hung := s.unfinished(pkg)
	fmt.Fprint(s.out, output)
	fmt.Fprintf(s.out, "FAIL  %s  %.1fs\n", pkg, seconds)
	if hung == 0 && !s.names(pkg) {
		s.fail(pkg + " (the package itself)")
	}
}

// unfinished counts the package's tests that began and did not end as failed, shows their output and says how many they are.
func (s *summary) unfinished(pkg string) (hung int) {
	for id, text := range s.output {
		if id.pkg == pkg && id.name != "" {
			hung++
			fmt.Fprintf(s.out, "did not end: %s\n%s", id.name, text)
			s.fail(pkg + " " + id.name + " (did not end)")
		}
	}
	return hung
}

// cutShort counts each package that started and of whose end nothing came as failed: go test was killed, or what it printed
// was lost on the way. Its tests that passed until then prove nothing of those that never began.
func (s *summary) cutShort() {
	for _, pkg := range slices.Sorted(maps.Keys(s.running)) {
		s.unfinished(pkg)
		fmt.Fprint(s.out, builder(s.output, testID{pkg: pkg}).String())
		if !s.names(pkg) {
			s.fail(pkg + " (did not end)")
		}
	}
}

func (s *summary) fail(what string) {
	s.failed++
	s.broken = append(s.broken, what)
}

func (s *summary) names(pkg string) bool {
	for _, b := range s.broken {
		if strings.HasPrefix(b, pkg+" ") {
			return true
		}
	}
	return false
}

// close prints skips, failures and the closing line, and says whether the run counts as good.
func (s *summary) close(allowed *skipList, strict bool) bool {
	s.cutShort()
	for _, sk := range s.skipped {
		note := ""
		if !allowed.names(sk.id) && strict {
			note = "  -- .ci/skips does not name it: counted as failed"
			s.fail(sk.id.pkg + " " + sk.id.name + " (skipped)")
		}
		fmt.Fprintf(s.out, "skip  %s %s: %s%s\n", sk.id.pkg, sk.id.name, sk.reason, note)
	}
	for _, entry := range allowed.unused() {
		fmt.Fprintf(s.out, "note: .ci/skips names %s, which was not skipped\n", entry)
	}
	for _, b := range s.broken {
		fmt.Fprintf(s.out, "failed  %s\n", b)
	}
	fmt.Fprintf(s.out, "%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	return s.failed == 0 && s.passed > 0
}

// skipReason gives the text that t.Skip printed: the last line with a file and line number before it.
func skipReason(output string) string {
	reason := "no reason given"
	for line := range strings.Lines(output) {
		if _, after, found := strings.Cut(line, ".go:"); found {
			if _, text, found := strings.Cut(after, ": "); found {
				reason = strings.TrimSpace(text)
			}
		}
	}
	return reason
}

func builder[K comparable](m map[K]*strings.Builder, key K) *strings.Builder {
	if m[key] == nil {
		m[key] = &strings.Builder{}
	}
	return m[key]
}
