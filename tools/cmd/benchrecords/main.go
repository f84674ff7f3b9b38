// Command benchrecords reads what `go test -bench` prints, takes the records from it, merges them by name into a JSON file
// and prints the file as a table.
//
// A benchmark makes a record by two metrics: b.ReportMetric(ours, "NAME:UNIT") and b.ReportMetric(theirs,
// "NAME:UNIT:AGAINST"), where AGAINST says in one word what the figure is held against. Only the ratio of the two means
// anything on another machine or another day; a record of an older commit stays in the file and is printed as stale.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	file := flag.String("file", "build/bench.json", "the records")
	commit := flag.String("commit", "none", "the commit that is measured")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *file, *commit); err != nil {
		fmt.Fprintln(os.Stderr, "benchrecords:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, file, commit string) error {
	fresh, failed, err := parse(in, out, commit)
	if err != nil {
		return err
	}
	old, err := load(file)
	if err != nil {
		return err
	}
	all := merge(old, fresh)
	if err := save(file, all); err != nil {
		return err
	}
	table(out, all, commit)
	switch {
	case failed:
		return fmt.Errorf("a benchmark failed; its output is above")
	case len(fresh) == 0:
		return fmt.Errorf("no benchmark made a record")
	}
	return nil
}
