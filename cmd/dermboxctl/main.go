// Command dermboxctl is the tool of the site's IT: it enrols the box, says how it stands and who must act, shows cases
// without their patients, and signs and verifies every signed file.
//
// It asks the daemon over its Unix socket; what only reads also works with the daemon down, from the disk.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // people see Europe/London, whatever the machine has installed

	"dermbox/appliance/text"
	"dermbox/appliance/vault"
)

// version is set by the linker; see the Makefile.
var version = "development"

func main() { os.Exit(run()) }

func run() int {
	if err := vault.HardenProcess(); err != nil {
		fmt.Fprintln(os.Stderr, "dermboxctl:", text.Error(err))
		return exitCode(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	t := &tool{in: os.Stdin, out: os.Stdout, errors: os.Stderr, env: os.Environ(), version: version, now: time.Now, readPIN: readPIN,
		quiet: 400 * time.Millisecond}
	return t.run(ctx, os.Args[1:])
}
