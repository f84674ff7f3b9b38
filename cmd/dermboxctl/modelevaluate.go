package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// modelTrial is one run of "model evaluate".
type modelTrial struct {
	pack, images, labels string
	split, optics, out   string
	rules                ruleFlags
	bootstrap            int
	seed                 uint64
	tflite, sha256       string
}

func (t *tool) modelEvaluateCommand() *cobra.Command {
	var e modelTrial
	cmd := t.reading("evaluate PACK --images DIR --labels CSV", "model.evaluate", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		e.pack = args[0]
		report, err := t.modelEvaluate(cmd.Context(), e)
		if cmd.Context().Err() != nil {
			return appliance.E(appliance.Unavailable, "ctl.evaluate.stopped", cmd.Context().Err())
		}
		if err != nil {
			return err
		}
		if err := t.writeEvaluation(e.out, report); err != nil {
			return err
		}
		return t.show(report, func() { t.sayTrial(report, e.out) })
	})
	flag := func(to *string, name, key string) { cmd.Flags().StringVar(to, name, "", text.T(key, nil)) }
	flag(&e.images, "images", "ctl.flag.trial_images")
	flag(&e.labels, "labels", "ctl.flag.trial_labels")
	flag(&e.split, "split", "ctl.flag.trial_split")
	flag(&e.optics, "optics", "ctl.flag.trial_optics")
	flag(&e.out, "out", "ctl.flag.trial_out")
	flag(&e.tflite, "tflite", "ctl.flag.model_tflite")
	flag(&e.sha256, "tflite-sha256", "ctl.flag.model_tflite-sha256")
	e.rules.add(cmd)
	cmd.Flags().IntVar(&e.bootstrap, "bootstrap", 2000, text.T("ctl.flag.trial_bootstrap", nil))
	cmd.Flags().Uint64Var(&e.seed, "seed", 1, text.T("ctl.flag.trial_seed", nil))
	must(cmd.MarkFlagRequired("images"))
	must(cmd.MarkFlagRequired("labels"))
	return cmd
}

// modelEvaluate checks everything that would fail at the end, has the model judge the pictures, and counts.
func (t *tool) modelEvaluate(ctx context.Context, e modelTrial) (evaluate.Report, error) {
	var none evaluate.Report
	if e.bootstrap < 100 || e.bootstrap > 100000 {
		return none, appliance.FieldError("--bootstrap", "ctl.evaluate.bad_bootstrap", "value", fmt.Sprint(e.bootstrap))
	}
	p, err := t.trusted(ctx, e)
	if err != nil {
		return none, err
	}
	optics, err := shownThrough(&p.Manifest, e.optics)
	if err != nil {
		return none, err
	}
	list, err := t.pictureList(e, p.Manifest.Output.Labels)
	if err != nil {
		return none, err
	}
	engine, rules, err := t.evaluationRules(ctx, e.rules)
	if err != nil {
		return none, err
	}
	if err := resultFolder(e.out); err != nil {
		return none, err
	}
	run := pictureRun{t: t, pack: p, optics: optics, router: router{engine, &p.Manifest, t.now()}, dir: e.images, list: &list}
	pictures, workers, err := run.all(ctx, e)
	if err != nil {
		return none, err
	}
	if len(pictures) == 0 {
		return none, nothingJudged(e.labels, list)
	}
	return finish(p, e, rules, optics, list, pictures, workers), nil
}

// finish makes the report whole.
func finish(p *pack.Pack, e modelTrial, rules evaluate.Rules, optics appliance.OpticsID, list evaluate.List, pictures []evaluate.Picture, workers int) evaluate.Report {
	m := &p.Manifest
	r := evaluate.New(m, evaluate.Bootstrap{Resamples: e.bootstrap, Seed: e.seed}, pictures)
	if m.Status != pack.Approved {
		r.Notice = text.T("model.status."+string(m.Status), nil)
	}
	r.Model.ID, r.Model.Version, r.Model.Digest, r.Model.Status = m.ID, m.Version, p.Digest, m.Status
	r.Optics, r.Rules, r.Timing.Workers = optics, rules, workers
	r.Set.Split, r.Set.Rows = e.split, list.Total
	r.Set.LeftOut = append(r.Set.LeftOut, list.LeftOut...)
	r.Set.Blanked = append(r.Set.Blanked, list.Blanked...)
	for _, o := range list.LeftOut {
		r.Set.Left[o.Reason]++
	}
	for _, by := range list.Columns {
		r.GroupBy(by)
	}
	return r
}
