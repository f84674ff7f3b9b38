package main

import (
	"fmt"
	"os"
	"strings"
)

// skipList is the file of tests that CI may skip: one a line, "PACKAGE TEST  # reason"; a test covers its subtests.
type skipList struct {
	entries []skipEntry
}

type skipEntry struct {
	pkg, test string
	used      bool
}

// readSkips reads the file; no name gives the empty list. An entry without a reason is refused.
func readSkips(path string) (*skipList, error) {
	if path == "" {
		return &skipList{}, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list := &skipList{}
	for line := range strings.Lines(string(text)) {
		entry, reason, _ := strings.Cut(line, "#")
		fields := strings.Fields(entry)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s: want \"PACKAGE TEST # reason\", got %q", path, strings.TrimSpace(line))
		}
		list.entries = append(list.entries, skipEntry{pkg: fields[0], test: fields[1]})
	}
	return list, nil
}

// names says whether the list allows the test, and remembers that it did.
func (l *skipList) names(id testID) bool {
	for i := range l.entries {
		e := &l.entries[i]
		if e.pkg == id.pkg && (e.test == id.name || strings.HasPrefix(id.name, e.test+"/")) {
			e.used = true
			return true
		}
	}
	return false
}

// unused gives the entries that allowed nothing in this run.
func (l *skipList) unused() []string {
	var names []string
	for _, e := range l.entries {
		if !e.used {
			names = append(names, e.pkg+" "+e.test)
		}
	}
	return names
}
