// Package text holds every sentence that people read, by key. Code carries keys and values; the sentence, in one place,
// says what happened and what to do next.
//
// The catalogue is the files en/*.json, one for each area of the product: a flat object from key to sentence, with
// {placeholders} for values.
package text

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"dermbox/appliance"
)

//go:embed en/*.json
var files embed.FS

// catalogue is read once. A file that cannot be read or a key that stands twice is a fault of the build, found by the
// package's tests before anybody else meets it.
var catalogue = sync.OnceValue(func() map[string]string {
	all, err := load(files)
	if err != nil {
		panic("text: " + err.Error())
	}
	return all
})

func load(source fs.FS) (map[string]string, error) {
	names, err := fs.Glob(source, "en/*.json")
	if err != nil {
		return nil, err
	}
	all, from := map[string]string{}, map[string]string{}
	for _, name := range names {
		raw, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, err
		}
		var area map[string]string
		if err := json.Unmarshal(raw, &area); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, sentence := range area {
			if first, ok := from[key]; ok {
				return nil, fmt.Errorf("key %q stands in %s and in %s", key, first, name)
			}
			all[key], from[key] = sentence, name
		}
	}
	return all, nil
}

// T gives the sentence of a key with its placeholders filled from params. A key that the catalogue lacks gives the key in
// brackets, so that a screen shows something that can be reported; a placeholder without a value stays as it is.
func T(key string, params map[string]string) string {
	sentence, ok := catalogue()[key]
	if !ok {
		return "[" + key + "]"
	}
	if len(params) == 0 {
		return sentence
	}
	pairs := make([]string, 0, 2*len(params))
	for name, value := range params {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// placeholder is a value's place in a sentence.
var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Alone gives the sentence of a key that was kept without its values: each placeholder reads as not recorded.
func Alone(key string) string {
	return placeholder.ReplaceAllLiteralString(T(key, nil), catalogue()["ui.not_recorded"])
}

// Has says whether the catalogue holds a key.
func Has(key string) bool {
	_, ok := catalogue()[key]
	return ok
}

// Keys gives every key, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(catalogue())) }

// Error gives the sentence for any error: that of its key where it has one, one a line for several joined errors, and
// otherwise the one that says that the fault is ours and where to look. The outermost word counts: what an error with a
// sentence wraps is its cause, for the log, and so is what an unknown error says of itself.
func Error(err error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		switch e := e.(type) { //nolint:errorlint // the chain is walked here, one error at a time
		case *appliance.Error:
			if Has(e.Key) {
				return T(e.Key, e.Params)
			}
		case interface{ Unwrap() []error }:
			var lines []string
			for _, one := range e.Unwrap() {
				if line := Error(one); !slices.Contains(lines, line) {
					lines = append(lines, line)
				}
			}
			return strings.Join(lines, "\n")
		}
	}
	return T("error.internal", nil)
}
