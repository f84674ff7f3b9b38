package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

func evaluateCommand() *cobra.Command {
	var e evaluation
	var asJSON bool
	c := &cobra.Command{
		Use:   "evaluate --pack FILE --key KEY.pem --images DIR",
		Short: "Judge labelled pictures with a pack, through the worker, and say how well it did",
		Long: `Judge labelled pictures with a pack, through the worker, and say how well it did.

Each JPEG is decoded, prepared and judged exactly as on the appliance, by the same client and a worker process of
this program. The pack must be signed by the given key.`,
		Hidden: true, Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			report, err := e.run(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", " ")
				return out.Encode(report)
			}
			printReport(cmd.OutOrStdout(), report)
			return nil
		}),
	}
	c.Flags().StringVar(&e.pack, "pack", "", "the model pack")
	c.Flags().StringVar(&e.key, "key", "", "private key whose public half must have signed the pack")
	c.Flags().StringVar(&e.images, "images", "", "folder with labels.csv and JPEGs")
	c.Flags().StringVar(&e.optics, "optics", string(appliance.OpticsSimulatedScope), "optics that the pictures come from")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	addTFLite(c, &e.library)
	require(c, "pack", "key", "images")
	return c
}

// evaluation is one run of the command.
type evaluation struct{ pack, key, images, optics, library string }

func (e evaluation) run(ctx context.Context) (evaluate.Report, error) {
	var none evaluate.Report
	key, err := readKey(e.key)
	if err != nil {
		return none, err
	}
	p, err := pack.Open(e.pack, oneKey{key.Public()}) //nolint:contextcheck // a local file: nothing to wait for
	if err != nil {
		return none, err
	}
	set, err := readLabels(e.images)
	if err != nil {
		return none, err
	}
	self, err := os.Executable()
	if err != nil {
		return none, err
	}
	client := inference.NewClient(inference.ClientOptions{
		WorkerPath: self, TFLite: e.library, Pack: p, Clock: wallClock{},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan struct{})
	go func() { defer close(served); _ = client.Serve(ctx) }() // its error is ctx's
	defer func() { cancel(); <-served }()
	cases, err := e.judge(ctx, client, set)
	if err != nil {
		return none, err
	}
	return evaluate.Summarise(&p.Manifest, cases), nil
}

func (e evaluation) judge(ctx context.Context, client *inference.Client, set []labelled) ([]evaluate.Case, error) {
	cases := make([]evaluate.Case, len(set))
	err := each(ctx, len(set), func(i int) error {
		still, err := readPicture(set[i].path)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		scores, err := client.Assess(ctx, inference.Input{JPEG: still, Optics: appliance.OpticsID(e.optics)})
		if err != nil {
			return err
		}
		cases[i] = evaluate.Case{Truth: set[i].label, Group: "tone " + set[i].tone, Scores: scores}
		return nil
	})
	return cases, err
}

func printReport(out io.Writer, r evaluate.Report) {
	fmt.Fprintf(out, "%d pictures, %.1f ms each through the worker\n", r.Cases, r.MeanMS)
	for _, label := range sorted(r.AUC) {
		fmt.Fprintf(out, "AUC %s against the rest: %.4f\n", label, r.AUC[label])
	}
	for _, truth := range sorted(r.Verdict) {
		var parts []string
		for _, class := range sorted(r.Verdict[truth]) {
			parts = append(parts, fmt.Sprintf("%s %d", class, r.Verdict[truth][class]))
		}
		fmt.Fprintf(out, "drawn as %s: %s\n", truth, strings.Join(parts, ", "))
	}
	for _, group := range sorted(r.Groups) {
		g := r.Groups[group]
		fmt.Fprintf(out, "%s (%d):", group, g.Cases)
		for _, label := range sorted(g.AUC) {
			fmt.Fprintf(out, " AUC %s %.4f", label, g.AUC[label])
		}
		fmt.Fprintln(out)
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wallClock is the clock of a tool on a workstation: only a pack's expiry is judged by it.
type wallClock struct{}

func (wallClock) Bounded() time.Time { return time.Now().UTC() }

func (wallClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Quality: appliance.ClockUnverified}
}
