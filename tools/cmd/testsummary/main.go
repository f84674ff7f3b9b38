// Command testsummary reads what `go test -json` prints and tells people what happened: a line per package as it ends, the
// output of what failed, every skip with its reason, and one closing line "N passed, N failed, N skipped".
//
// Its exit status is 0 only if something ran and nothing failed. With CI=true in the environment a skip that the skips
// file does not name counts as a failure, so that a check cannot vanish unseen.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	skips := flag.String("skips", "", "file that names the tests that may be skipped in CI")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *skips, os.Getenv("CI") == "true")
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run reads events until the end of in and says whether the whole run counts as good.
func run(in io.Reader, out io.Writer, skipsFile string, strict bool) (bool, error) {
	allowed, err := readSkips(skipsFile)
	if err != nil {
		return false, err
	}
	s := newSummary(out)
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		s.line(line)
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	return s.close(allowed, strict), nil
}
