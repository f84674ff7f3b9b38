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
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(value)
}

// say prints a sentence of the catalogue on a line of its own.
func (t *tool) say(key string, pairs ...string) { fmt.Fprintln(t.out, sentence(key, pairs...)) }

func sentence(key string, pairs ...string) string {
	params := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return text.T(key, params)
}

// table prints rows in columns; the first row is the heading.
func (t *tool) table(rows [][]string) {
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for _, row := range rows {
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

// headings gives the heading row of a table by the catalogue.
func headings(names ...string) []string {
	row := make([]string, len(names))
	for i, name := range names {
		row[i] = text.T("ctl.column."+name, nil)
	}
	return row
}

// london gives a time as people at the clinic read clocks.
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

func maybe(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return london(*at)
}

// ago gives a length of time in the largest unit that fits, never negative.
func ago(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 2*time.Minute:
		return sentence("ctl.ago.seconds", "n", fmt.Sprint(int(d.Seconds())))
	case d < 2*time.Hour:
		return sentence("ctl.ago.minutes", "n", fmt.Sprint(int(d.Minutes())))
	case d < 48*time.Hour:
		return sentence("ctl.ago.hours", "n", fmt.Sprint(int(d.Hours())))
	}
	return sentence("ctl.ago.days", "n", fmt.Sprint(int(d.Hours()/24)))
}

// cases gives "1 case" or "3 cases".
func cases(n int) string {
	if n == 1 {
		return text.T("ctl.one_case", nil)
	}
	return sentence("ctl.n_cases", "n", fmt.Sprint(n))
}
