package main

import (
	"encoding/json"
	"fmt"
	"io"
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
	passed, failed int
	skipped        []skip
	broken         []string // what failed, in order
}

type skip struct {
	id     testID
	reason string
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[testID]*strings.Builder{}, builds: map[string]*strings.Builder{}}
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
	case "output":
		builder(s.output, id).WriteString(e.Output)
		return
	case "pass":
		s.passed++
	case "fail":
		s.failed++
		s.broken = append(s.broken, e.Package+" "+e.Test)
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
	case "output":
		builder(s.output, id).WriteString(e.Output)
	case "pass":
		fmt.Fprintf(s.out, "ok    %s  %.1fs\n", e.Package, e.Elapsed)
	case "fail":
		s.packageFailed(e, builder(s.output, id).String())
	}
}

// packageFailed shows the package's own output, and that of tests that never ended: a panic or a time-out kills them
// without an event.
func (s *summary) packageFailed(e event, output string) {
	unfinished := 0
	for id, text := range s.output {
		if id.pkg == e.Package && id.name != "" {
			unfinished++
			fmt.Fprintf(s.out, "did not end: %s\n%s", id.name, text)
			s.failed++
			s.broken = append(s.broken, e.Package+" "+id.name+" (did not end)")
		}
	}
	fmt.Fprint(s.out, output)
	fmt.Fprintf(s.out, "FAIL  %s  %.1fs\n", e.Package, e.Elapsed)
	if unfinished == 0 && !s.names(e.Package) {
		s.failed++
		s.broken = append(s.broken, e.Package+" (the package itself)")
	}
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
	for _, sk := range s.skipped {
		note := ""
		if !allowed.names(sk.id) && strict {
			note = "  -- .ci/skips does not name it: counted as failed"
			s.failed++
			s.broken = append(s.broken, sk.id.pkg+" "+sk.id.name+" (skipped)")
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
