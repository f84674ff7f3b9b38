// Command dermbox-demo is what `make run` and `make hub` run: a demo trust and a demo clinic out of the real programs, and one
// case of an invented patient taken through the whole line.
package main

import (
	"context"
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
	return end(ctx, root.ExecuteContext(ctx), os.Stderr)
}

func command() *cobra.Command {
	o := demo.Options{Ports: demo.DefaultPorts(), Out: os.Stdout}
	root := &cobra.Command{
		Use: "dermbox-demo", Short: "One case of an invented patient through the whole line",
		Long: `Makes a demo trust and a demo clinic, starts the real programs on the loopback interface, and takes one case of an
invented patient from the simulated dermatoscope to the trust's signed receipt.

Exit status: 0 every step succeeded, or stopped as asked afterwards; 1 a step failed; 2 wrong usage; 3 wrong settings or
input; 4 a program or folder is missing; 5 a port or part is not available now; 6 something is unverified; 7 no room;
8 conflict: there already, or running already; 130 interrupted before the case was through.`,
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
	markUsage(root)
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
