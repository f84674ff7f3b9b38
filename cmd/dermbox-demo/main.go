// Command dermbox-demo is what `make run` and `make hub` run: a demo trust and a demo clinic out of the real programs, and one
// case of an invented patient taken through the whole line.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// version and built are set by the linker; see the Makefile.
var version, built = "development", ""

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "dermbox-demo: stopped before the case was through")
		return 130 // as the shell says it of Ctrl-C
	}
	if step, ok := errors.AsType[*demo.StepError](err); ok {
		fmt.Fprintln(os.Stderr, "dermbox-demo: FAILED at", step.Error())
	} else {
		fmt.Fprintln(os.Stderr, "dermbox-demo:", demo.Sentence(err))
	}
	return exitCode(err)
}

func command() *cobra.Command {
	o := demo.Options{Ports: demo.DefaultPorts(), Out: os.Stdout}
	root := &cobra.Command{
		Use: "dermbox-demo", Short: "One case of an invented patient through the whole line",
		Long: `Makes a demo trust and a demo clinic, starts the real programs on the loopback interface, and takes one case of an
invented patient from the simulated dermatoscope to the trust's signed receipt.

Exit codes: 0 every step succeeded, or stopped as asked afterwards; 2 wrong usage; 4 a program or folder is missing;
5 a port or part is not available; 130 interrupted before the case was through; 1 any other step failed.`,
		Version: version + " " + built, SilenceErrors: true, SilenceUsage: true,
	}
	f := root.PersistentFlags()
	f.StringVar(&o.Root, "root", ".", "the checkout: rules, profiles, model pack and public keys of the demonstration")
	f.StringVar(&o.Var, "var", "var", "folder of the demo trust and clinic, made where it is missing")
	f.StringVar(&o.Bin, "bin", "build/bin", "folder of the programs")
	f.IntVar(&o.Ports.Kiosk, "kiosk-port", o.Ports.Kiosk, "port of the kiosk's pages")
	f.IntVar(&o.Ports.HubDevice, "hub-device-port", o.Ports.HubDevice, "port of the hub for devices")
	f.IntVar(&o.Ports.HubPeople, "hub-people-port", o.Ports.HubPeople, "port of the hub for people")
	f.IntVar(&o.Ports.Scope, "scope-port", o.Ports.Scope, "port of the simulated dermatoscope")
	root.AddCommand(evaluateCommand(&o.Root, &o.Bin), runCommand(&o), soakCommand(&o), &cobra.Command{
		Use: "hub", Short: "The demo trust's hub alone, until Ctrl-C", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo.RunHub(cmd.Context(), o) },
	})
	return root
}

func runCommand(o *demo.Options) *cobra.Command {
	var network string
	c := &cobra.Command{
		Use: "run", Short: "Trust, clinic and one case; stays up until Ctrl-C unless --once", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if network != "on" && network != "off" {
				return appliance.E(appliance.Invalid, "demo.network", nil, "value", network)
			}
			o.Network = network == "on"
			return demo.Run(cmd.Context(), *o)
		},
	}
	c.Flags().BoolVar(&o.Once, "once", false, "end after the case: status 0 only if every step succeeded")
	c.Flags().StringVar(&network, "network", "on", "off: the hub is stopped once the box is enrolled")
	c.Flags().StringVar(&o.Images, "images", "", "folder of photographs for the simulated dermatoscope")
	c.Flags().StringVar(&o.Subject, "subject", "", "what it draws: kind (nv, mel, sk, empty), skin type, seed; empty: by chance")
	return c
}

func soakCommand(o *demo.Options) *cobra.Command {
	var s demo.SoakOptions
	c := &cobra.Command{
		Use: "soak", Short: "Cases, a viewer and camera faults for a while; status 1 if memory, descriptors or goroutines grow", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo.Soak(cmd.Context(), *o, s) },
	}
	c.Flags().Float64Var(&s.Minutes, "minutes", 30, "how long")
	c.Flags().StringVar(&s.Report, "report", "", "file for all samples and the trends, JSON")
	return c
}

func exitCode(err error) int {
	switch appliance.CodeOf(err) {
	case appliance.Invalid:
		return 2
	case appliance.NotFound:
		return 4
	case appliance.Unavailable, appliance.Conflict:
		return 5
	}
	return 1
}
