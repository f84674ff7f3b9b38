// Command dermbox-inference is dermbox's only program that loads TensorFlow Lite: the inference worker, and the tools that
// make and measure a model pack.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/cmd/internal/exit"
)

// version is set by the linker; see the Makefile.
var version = "development"

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run runs one command line and gives the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := rootCommand() //nolint:contextcheck // a worker ends with its stdin, not with a context
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if _, ok := errors.AsType[ranError](err); !ok {
		fmt.Fprintf(errs, "dermbox-inference: %v\nTry \"dermbox-inference --help\".\n", err)
		return 2
	}
	fmt.Fprintln(errs, "dermbox-inference:", sentence(err))
	return exit.Code(err)
}

// ranError is an error of a command that was called rightly; all others are errors of the command line.
type ranError struct{ error }

func (e ranError) Unwrap() error { return e.error }

// require marks flags without which a command cannot run.
func require(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // a flag that the lines above did not define
		}
	}
}

// ran makes a command's function one whose errors are told from wrong use.
func ran(f func(cmd *cobra.Command) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		if err := f(cmd); err != nil {
			return ranError{err}
		}
		return nil
	}
}

// sentence is what a person reads: the catalogue's sentence, with the cause where there is one.
func sentence(err error) string {
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok {
		return err.Error()
	}
	if e.Err == nil {
		return text.Error(e)
	}
	return text.Error(e) + " (" + e.Err.Error() + ")"
}

func rootCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dermbox-inference",
		Short: "Inference worker of dermbox",
		Long: `dermbox-inference is the only program of dermbox that loads TensorFlow Lite.

The daemon starts it as "worker". The commands that make a model pack are described in docs/models.md.

Exit codes: 0 done, 1 internal, 2 wrong use, 3 bad input, 4 not found, 5 unavailable (try again), 6 not verified,
7 no room, 8 conflict (there already, or in use).`,
		Version:      version,
		SilenceUsage: true, SilenceErrors: true,
	}
	c.AddCommand(workerCommand(), prepareCommand(), goldenCommand(), packCommand(), benchCommand())
	return c
}
