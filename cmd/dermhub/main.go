// Command dermhub is the trust's receiving hub: it admits boxes, takes their cases durably, gives signed receipts, and
// shows the cases to the trust's people.
//
// One program is server and tool: commands that only read also work while another dermhub serves from the same folder.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // people see Europe/London, whatever the machine has installed

	"dermbox/appliance/clock"
	"dermbox/appliance/text"
	"dermbox/appliance/vault"
)

// version and built (RFC 3339) are set by the linker; see the Makefile.
var version, built = "development", ""

func main() { os.Exit(run()) }

func run() int {
	if err := vault.HardenProcess(); err != nil {
		fmt.Fprintln(os.Stderr, "dermhub:", text.Error(err))
		return exitCode(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	made, _ := time.Parse(time.RFC3339, built) // the zero time sets no floor
	t := &tool{out: os.Stdout, errors: os.Stderr, env: os.Environ(), version: version, clock: clock.System(made, time.Time{})}
	return t.run(ctx, os.Args[1:])
}
