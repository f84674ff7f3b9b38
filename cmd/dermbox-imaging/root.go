// Command dermbox-imaging is dermbox's only program that links OpenCV: the camera worker, the judge worker, the simulated
// dermatoscope and its data set.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/cmd/internal/exit"
)

func rootCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "dermbox-imaging",
		Short: "Camera and judge workers of dermbox, and the simulated dermatoscope",
		Long: `dermbox-imaging is the only program of dermbox that links OpenCV.

The daemon starts it as "camera" and as "judge"; people use it as a simulated dermatoscope.

Exit codes: 0 done, 1 internal, 2 wrong use, 3 bad input, 4 not found, 5 unavailable (try again), 6 not verified,
7 no room, 8 conflict (there already, or in use).`,
		Version:      version,
		SilenceUsage: true, SilenceErrors: true,
	}
	c.AddCommand(cameraCommand(), judgeCommand(), scopeCommand(), controlCommand(), datasetCommand())
	for _, sub := range c.Commands() {
		run := sub.RunE
		sub.RunE = func(cmd *cobra.Command, args []string) error {
			if err := run(cmd, args); err != nil {
				return ranError{err}
			}
			return nil
		}
	}
	return c
}

// ranError is a failure of a command that ran, apart from those of the command line itself.
type ranError struct{ error }

func (e ranError) Unwrap() error { return e.error }

// run runs one command line and gives the exit code.
func run(ctx context.Context, args []string) int {
	root := rootCommand() //nolint:contextcheck // commands take their context from cobra, when they run
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if code, ok := errors.AsType[exitError](err); ok {
		return int(code)
	}
	if _, ok := errors.AsType[ranError](err); !ok {
		fmt.Fprintf(os.Stderr, "dermbox-imaging: %v\nTry \"dermbox-imaging --help\".\n", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "dermbox-imaging:", sentence(err))
	return exit.Code(err)
}

// sentence is what a person reads: the catalogue's sentence, with the cause where it helps to find the fault.
func sentence(err error) string {
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok {
		return err.Error()
	}
	if e.Err == nil {
		return text.Error(err)
	}
	return text.Error(err) + " (" + e.Err.Error() + ")"
}
