// Command v4l2guest runs the tests of dermbox/camera/v4l2guest in a QEMU guest and prints their events as `go test -json`
// does, for testsummary, with a line of plain text for each step and test.
//
// The guest says on a serial port how far it has come (tools/v4l2/init). One that never says anything is started again,
// since an emulated kernel now and then hangs before its first process; one that has begun and falls silent has failed.
// Each test that the list names must pass, and each that runs must be named there: a guest that ran nothing is a failure.
//
// Its exit status is 0 only if all of them passed, 1 if not, 2 if it could not begin.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are where the guest's files are and how patient to be.
type options struct {
	folder   string // of tools/v4l2/kernel.sh and guest.sh
	pkg      string // the tests' package, for their events
	first    time.Duration
	limit    time.Duration // from the guest's first word to its last
	attempts int           // how often a guest is started that says nothing
	command  func(folder string) ([]string, error)
}

func main() {
	o := options{attempts: 3, command: qemu}
	list := flag.String("tests", "", "file that names the tests, one a line")
	flag.StringVar(&o.folder, "folder", "", "folder with the kernel, initrd.gz and share")
	flag.StringVar(&o.pkg, "p", "dermbox/camera/v4l2guest", "package of the tests")
	flag.DurationVar(&o.first, "first", time.Minute, "how long the guest may take to its first word")
	flag.DurationVar(&o.limit, "limit", 22*time.Minute, "how long the guest may take from its first word on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	good, err := run(ctx, o, *list, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "v4l2guest:", err)
		os.Exit(2)
	}
	if !good {
		os.Exit(1)
	}
}

// run holds a run of the guest against the list, and says whether every test passed.
func run(ctx context.Context, o options, list string, out io.Writer) (bool, error) {
	expected, err := readList(list)
	if err != nil {
		return false, err
	}
	argv, err := o.command(o.folder)
	if err != nil {
		return false, err
	}
	r := newReport(out, o.pkg, expected)
	return r.close(start(ctx, o, argv, r)), nil
}

// start runs the guest, again while it says nothing at all, and says whether it came to its end.
func start(ctx context.Context, o options, argv []string, r *report) bool {
	for attempt := 1; ; attempt++ {
		g := guest{o: o, report: r}
		err := g.run(ctx, argv)
		if err == nil {
			return true
		}
		r.note("%v", err)
		if g.begun || ctx.Err() != nil || attempt == o.attempts {
			return false
		}
		r.note("attempt %d of %d gave no sign of life, starting the guest again", attempt, o.attempts)
	}
}
