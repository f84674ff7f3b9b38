package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/shelf"
)

// benched is a measurement as "model bench --json" shows it: the model's version is a number, as in "model list".
type benched struct {
	inference.Bench
	Model struct {
		appliance.ModelRef
		Version json.Number `json:"version"`
	} `json:"model"`
}

func asBenched(b inference.Bench) benched {
	told := benched{Bench: b}
	told.Model.ModelRef, told.Model.Version = b.Model, json.Number(b.Model.Version)
	return told
}

func (t *tool) modelBenchCommand() *cobra.Command {
	n := 100
	cmd := t.reading("bench", "model.bench", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		if n < 1 || n > 10000 {
			return appliance.FieldError("n", "ctl.model.runs", "value", fmt.Sprint(n))
		}
		over := t.meanwhile("ctl.model.timing", "n", fmt.Sprint(n))
		d := newDaemon(c.Control.Socket)
		d.client.Timeout = modelPatience
		var b inference.Bench
		err = d.get(cmd.Context(), "/v1/models/bench?n="+fmt.Sprint(n), &b)
		if down(err) {
			b, err = t.benchWithout(cmd.Context(), c, n)
		}
		over()
		if err != nil {
			return err
		}
		return t.show(asBenched(b), func() {
			ms := func(v float64) string { return fmt.Sprintf("%.2f", v) }
			t.say("ctl.model.benched", "name", modelName(b.Model), "engine", b.Model.Engine, "n", fmt.Sprint(b.N), "typical", ms(b.P50MS), "slow", ms(b.P95MS),
				"alone", ms(b.RunP50))
			t.sayMark(appliance.NotForClinicalUse(b.Model))
			t.say("ctl.model.bench_start", "load", fmt.Sprintf("%.0f", b.LoadMS), "memory", size(b.RSS))
		})
	})
	cmd.Flags().IntVarP(&n, "n", "n", n, text.T("ctl.flag.runs", nil))
	return cmd
}

// benchWithout times the model in force with a worker of the tool's own.
func (t *tool) benchWithout(ctx context.Context, c config.Config, n int) (inference.Bench, error) {
	act, err := t.modelInForce(ctx, c)
	if err == nil && act.Model.Digest == "" {
		err = appliance.E(appliance.NotFound, "daemon.no_pack", nil)
	}
	if err != nil {
		return inference.Bench{}, err
	}
	ring, err := keyring.Load(c.KeyringDir, c.IsLive())
	if err != nil {
		return inference.Bench{}, err
	}
	p, err := shelf.Open(c.ModelsDir(), ring).Load(ctx, act.Model.Digest)
	if err != nil {
		return inference.Bench{}, err
	}
	path, pins := inference.Library(c.Workers.TFLite, c.Workers.TFLiteSHA256, !c.IsLive())
	worker := c.Workers.Inference
	if own, err := os.Executable(); worker == "" && err == nil {
		worker = filepath.Join(filepath.Dir(own), "dermbox-inference")
	}
	return inference.RunBench(ctx, inference.ClientOptions{WorkerPath: worker, TFLite: path, Pins: pins, Pack: p,
		Clock: clock.System(time.Time{}, time.Time{})}, n)
}
