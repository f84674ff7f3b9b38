package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// event is what the report needs of a line of `go test -json` (go doc test2json).
type event struct {
	Action  string  `json:"Action"`
	Package string  `json:"Package"`
	Test    string  `json:"Test,omitempty"`
	Elapsed float64 `json:"Elapsed,omitempty"`
	Output  string  `json:"Output,omitempty"`
}

// report passes events on and holds them against the list of tests. It is safe for concurrent use.
type report struct {
	pkg      string
	expected []string

	mu    sync.Mutex
	out   io.Writer
	ended map[string]string // the last action of each test that ended: pass, fail or skip
}

func newReport(out io.Writer, pkg string, expected []string) *report {
	return &report{out: out, pkg: pkg, expected: expected, ended: map[string]string{}}
}

// readList reads the names of tests, one a line; what follows # is a remark. An empty list is refused.
func readList(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "#")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s names no test", path)
	}
	return names, nil
}

// note prints a line for people.
func (r *report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, "v4l2: "+format+"\n", args...)
}

// event takes one line of events and passes it on.
func (r *report) event(line []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, "%s", line)
	var e event
	if json.Unmarshal(line, &e) != nil || e.Test == "" {
		return
	}
	switch e.Action {
	case "pass", "fail", "skip":
		r.ended[e.Test] = e.Action
		if !strings.Contains(e.Test, "/") {
			fmt.Fprintf(r.out, "v4l2: %s %s  %.1fs\n", e.Action, e.Test, e.Elapsed)
		}
	}
}

// close adds a failure for each test that the list names and that did not end, and for each that passed unnamed, and says
// whether all is well; well is false if the guest was not.
func (r *report) close(well bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range r.expected {
		switch r.ended[name] {
		case "pass":
		case "":
			r.failLocked(name, "the list names it and the guest did not run it to its end")
			well = false
		default:
			well = false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.ended)) {
		if !strings.Contains(name, "/") && !slices.Contains(r.expected, name) {
			r.failLocked(name, "the list does not name it")
			well = false
		}
	}
	return well
}

func (r *report) failLocked(name, why string) {
	encode := json.NewEncoder(r.out).Encode
	_ = encode(event{Action: "output", Package: r.pkg, Test: name, Output: name + ": " + why + "\n"}) // strings always encode
	_ = encode(event{Action: "fail", Package: r.pkg, Test: name})
}
