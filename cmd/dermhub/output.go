package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"dermbox/appliance/text"
)

// show prints a value as JSON when --json was given, and by words otherwise.
func (t *tool) show(value any, words func()) error {
	if !t.json {
		words()
		return nil
	}
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(value)
}

// say prints a sentence of the catalogue on a line of its own.
func (t *tool) say(key string, pairs ...string) { fmt.Fprintln(t.out, filled(key, pairs)) }

// warn prints a sentence of the catalogue on standard error, so that what a program reads stays as it is.
func (t *tool) warn(key string, pairs ...string) {
	fmt.Fprintln(t.errors, "dermhub:", filled(key, pairs))
}

func filled(key string, pairs []string) string {
	params := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return text.T(key, params)
}

// table prints rows in columns; the first row is the heading, by the catalogue.
func (t *tool) table(headings []string, rows [][]string) {
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for i, name := range headings {
		headings[i] = text.T("hubctl.column."+name, nil)
	}
	for _, row := range append([][]string{headings}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	w.Flush()
}

// london gives a time as people at the trust read clocks.
func london(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format("02-Jan-2006 15:04 MST")
}
