package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dermbox/cmd/internal/exit"
	"dermbox/firmware/demo"
)

// usageError is a command line that does not fit the command.
type usageError struct{ error }

// interrupted is the shell's own status for a program that Ctrl-C ended.
const interrupted = 130

// end says how a run ended and gives its exit status.
func end(ctx context.Context, err error, out io.Writer) int {
	if err == nil {
		return 0
	}
	if stop, ok := errors.AsType[*demo.StopError](err); ok { // said even after Ctrl-C: something may be left running
		fmt.Fprintln(out, "dermbox-demo: FAILED at stopping:", stop.Error())
		return exitCode(stop)
	}
	if ctx.Err() != nil {
		fmt.Fprintln(out, "dermbox-demo: stopped before the case was through")
		return interrupted
	}
	switch step, ok := errors.AsType[*demo.StepError](err); {
	case ok:
		fmt.Fprintln(out, "dermbox-demo: FAILED at", step.Error())
	default:
		fmt.Fprintln(out, "dermbox-demo:", demo.Sentence(err))
	}
	if _, usage := errors.AsType[usageError](err); usage {
		fmt.Fprintln(out, "dermbox-demo: see dermbox-demo --help")
	}
	return exitCode(err)
}

// exitCode is the table of the README, the same for all of dermbox's programs.
func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exit.Usage
	}
	return exit.Code(err)
}

// markUsage has every fault that cobra finds in a command line, before a command starts, come back as a usageError.
func markUsage(c *cobra.Command) {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	args := c.Args
	c.Args = func(cmd *cobra.Command, given []string) error {
		switch {
		case args == nil && len(given) > 0:
			return usageError{fmt.Errorf("unknown command %q for %q", given[0], cmd.CommandPath())}
		case args != nil && args(cmd, given) != nil:
			return usageError{args(cmd, given)}
		}
		return nil
	}
	if c.RunE == nil {
		c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	for _, child := range c.Commands() {
		markUsage(child)
	}
}
