// Command dermboxd is the appliance's daemon: the kiosk, the case store, the two workers' keeper and the sender to the
// trust. One runs on each clinic's box.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"dermbox/appliance/config"
	"dermbox/appliance/daemon"
	"dermbox/appliance/text"
	"dermbox/appliance/vault"
	"dermbox/cmd/internal/exit"
)

// version and built (RFC 3339) are set by the linker; see the Makefile.
var (
	version = "development"
	built   = ""
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	debug.SetTraceback("none") // a panic's goroutine dump could hold what was in memory
	if err := vault.HardenProcess(); err != nil {
		complain(err)
		return exitCode(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once: what was shown as saved is durable
	cmd, started := command()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	if !*started {
		err = usageError{err}
	}
	complain(err)
	return exitCode(err)
}

// complain says what is wrong, every line of it under the program's name.
func complain(err error) {
	sentence := text.Error(err)
	if usage, ok := errors.AsType[usageError](err); ok {
		sentence = usage.Error() + "\n" + text.T("daemon.usage", nil)
	}
	for line := range strings.Lines(sentence) {
		fmt.Fprintln(os.Stderr, "dermboxd:", strings.TrimRight(line, "\n"))
	}
}

// command makes the command line; started becomes true when it was understood, so that errors from then on are not about it.
func command() (cmd *cobra.Command, started *bool) {
	var path string
	started = new(bool)
	cmd = &cobra.Command{
		Use:   "dermboxd --config FILE",
		Short: "The dermbox appliance: kiosk, case store and sender to the trust",
		Long: `dermboxd runs on the clinic's box. It serves the kiosk on a loopback address, keeps cases sealed on the local disk,
runs the camera and the model in child processes, and sends signed-off cases to the trust whenever there is a network.
SIGTERM or Ctrl-C stops it cleanly; killing it at any moment loses nothing that was shown as saved.

Settings: the shipped dermboxd.yaml is the manual. Each can be given as DERMBOX_... or as a flag too.

Exit codes: 0 stopped as asked; 1 a fault of ours; 2 wrong usage; 3 bad configuration; 4 something is missing;
5 unavailable, for example a port in use; 6 needs IT: a key or signature does not check; 7 no space; 8 conflict, for example another
dermboxd that runs.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if asksHelp(args) {
				return nil
			}
			return cobra.NoArgs(cmd, args)
		},
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			*started = true
			if asksHelp(args) {
				return cmd.Help()
			}
			c, err := config.Load(config.Options{Path: path, Flags: cmd.Flags(), Env: os.Environ(), Allow: []string{"DERMBOX_CONFIG"}})
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level(c.Log.Level)}))
			return daemon.Run(cmd.Context(), c, daemon.Build{Version: version, Built: built}, log)
		},
	}
	cmd.Flags().StringVar(&path, "config", os.Getenv("DERMBOX_CONFIG"), "the settings file (YAML)")
	config.AddFlags(cmd.Flags())
	return cmd, started
}

// asksHelp says whether the line is "dermboxd help", as people know it of the other programs.
func asksHelp(args []string) bool { return len(args) == 1 && args[0] == "help" }

// usageError is a command line that cobra could not read.
type usageError struct{ error }

func level(name string) slog.Level {
	var l slog.Level
	if l.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return l
}

// exitCode maps an error to the table in the command's help.
func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exit.Usage
	}
	if _, ok := errors.AsType[config.Errors](err); ok {
		return exit.Invalid
	}
	return exit.Code(err)
}
