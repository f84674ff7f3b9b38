package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Record is one figure of ours against one of something bare, from the same run of the same benchmark.
type Record struct {
	Name    string  `json:"name"`    // for example "sync.loopback"
	Value   float64 `json:"value"`   // ours
	Unit    string  `json:"unit"`    // for example "ms"
	Against string  `json:"against"` // what it is held against, "" if nothing
	Ratio   float64 `json:"ratio"`   // value / against, 0 if there is none
	N       int     `json:"n"`       // how often it was measured
	Commit  string  `json:"commit"`
}

// parse passes the input through to out and gives the records in it, and whether go test reported a failure.
func parse(in io.Reader, out io.Writer, commit string) (records []Record, failed bool, err error) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(out, line)
		if strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "--- FAIL") {
			failed = true
		}
		if strings.HasPrefix(line, "Benchmark") {
			records = append(records, parseLine(line, commit)...)
		}
	}
	return records, failed, lines.Err()
}

// parseLine reads "BenchmarkX-2  100  1.5 NAME:UNIT  1.2 NAME:UNIT:AGAINST ..."; other metrics are left alone.
func parseLine(line, commit string) []Record {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return nil
	}
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return nil
	}
	byName := map[string]*Record{}
	theirs := map[string]float64{}
	var order []string
	for i := 2; i+1 < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		parts := strings.Split(fields[i+1], ":")
		if err != nil || len(parts) < 2 || len(parts) > 3 {
			continue
		}
		r := byName[parts[0]]
		if r == nil {
			r = &Record{Name: parts[0], N: n, Commit: commit}
			byName[parts[0]] = r
			order = append(order, parts[0])
		}
		r.Unit = parts[1]
		if len(parts) == 2 {
			r.Value = value
		} else {
			r.Against, theirs[parts[0]] = parts[2], value
		}
	}
	records := make([]Record, 0, len(order))
	for _, name := range order {
		r := byName[name]
		if theirs[name] != 0 {
			r.Ratio = r.Value / theirs[name]
		}
		records = append(records, *r)
	}
	return records
}

func load(file string) ([]Record, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var records []Record
	if err := json.Unmarshal(text, &records); err != nil {
		return nil, fmt.Errorf("%s is no list of records: %w; remove it and measure again", file, err)
	}
	return records, nil
}

// merge gives old with every record that fresh has anew in its place, sorted by name.
func merge(old, fresh []Record) []Record {
	byName := map[string]Record{}
	for _, r := range slices.Concat(old, fresh) {
		byName[r.Name] = r
	}
	all := make([]Record, 0, len(byName))
	for _, r := range byName {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func save(file string, records []Record) error {
	text, err := json.MarshalIndent(records, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

func table(out io.Writer, records []Record, commit string) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "record\tours\tunit\tbetter\tagainst\tratio\tn\t")
	for _, r := range records {
		note := ""
		if r.Commit != commit {
			note = "stale: of commit " + r.Commit
		}
		fmt.Fprintf(w, "%s\t%.4g\t%s\t%s\t%s\t%.2f\t%d\t%s\n", r.Name, r.Value, r.Unit, better(r.Unit), r.Against, r.Ratio, r.N, note)
	}
	w.Flush()
}

// better says which way a figure of the unit is good, "?" for a unit that it does not know.
func better(unit string) string {
	switch {
	case strings.HasSuffix(unit, "per_s"), strings.HasSuffix(unit, "/s"), unit == "fps", unit == "share", unit == "auc":
		return "larger"
	case slices.Contains([]string{"ns", "us", "ms", "s", "B", "KiB", "MiB", "bytes", "percent", "ratio"}, unit):
		return "smaller"
	}
	return "?"
}
