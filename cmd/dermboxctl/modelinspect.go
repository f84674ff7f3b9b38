package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// inspected is a pack as "model inspect --json" shows it.
type inspected struct {
	Manifest pack.Manifest `json:"manifest"`
	Digest   string        `json:"digest"`
	Card     string        `json:"card"`
	Vectors  int           `json:"golden_vectors"`
	Golden   []pack.Vector `json:"golden"`
}

func (t *tool) modelInspectCommand() *cobra.Command {
	var card bool
	cmd := t.reading("inspect FILE", "model.inspect", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		raw, err := t.packFile(args[0])
		if err != nil {
			return err
		}
		p, err := pack.Inspect(raw)
		if err != nil {
			return err
		}
		if card && !t.json {
			_, err := fmt.Fprintln(t.out, strings.TrimRight(p.Card, "\n"))
			return err
		}
		result := inspected{p.Manifest, p.Digest, p.Card, len(p.Golden.Vectors), p.Golden.Vectors}
		return t.show(result, func() { t.sayPack(p) })
	})
	cmd.Flags().BoolVar(&card, "card", false, text.T("ctl.flag.card", nil))
	return cmd
}

func (t *tool) sayPack(p *pack.Pack) {
	m := p.Manifest
	t.say("ctl.model.head", "name", m.Name, "id", m.ID, "version", fmt.Sprint(m.Version), "status", string(m.Status))
	t.sayMark(string(m.Status))
	t.say("ctl.model.use", "use", m.IntendedUse)
	t.sayDevice(m.Device)
	t.say("ctl.model.times", "issued", london(m.IssuedAt), "until", until(m.ExpiresAt))
	t.say("ctl.model.pathways", "pathways", listed(m.Pathways))
	for _, o := range m.Optics {
		t.say("ctl.model.optics", "optics", string(o.ID), "share", share(o.FieldFraction))
	}
	t.sayInput(m)
	t.sayOutput(m)
	for _, what := range slices.Sorted(maps.Keys(m.Licences)) {
		t.say("ctl.model.licence", "what", what, "licence", m.Licences[what])
	}
	for _, what := range slices.Sorted(maps.Keys(m.Provenance)) {
		t.say("ctl.model.provenance", "what", what, "value", m.Provenance[what])
	}
	t.say("ctl.model.facts", "vectors", fmt.Sprint(len(p.Golden.Vectors)), "tolerance", fmt.Sprint(m.Tolerance), "size", size(int64(len(p.Model))),
		"runtime", m.MinRuntime, "digest", p.Digest)
	t.say("ctl.model.unverified")
}

func (t *tool) sayDevice(d *pack.Device) {
	if d == nil {
		t.say("ctl.model.no_device")
		return
	}
	t.say("ctl.model.device", "manufacturer", d.Manufacturer, "di", d.UDIDI, "pi", orDash(d.UDIPI))
}

func (t *tool) sayInput(m pack.Manifest) {
	in := m.Input
	t.say("ctl.model.input", "width", fmt.Sprint(in.Width), "height", fmt.Sprint(in.Height), "dtype", in.DType, "layout", string(in.Layout),
		"colour", string(in.Colour), "resize", string(in.Resize), "mean", fmt.Sprint(in.Mean), "std", fmt.Sprint(in.Std), "preprocessing", m.Preprocessing)
}

func (t *tool) sayOutput(m pack.Manifest) {
	o := m.Output
	temperature := o.Temperature
	if temperature == 0 {
		temperature = 1
	}
	t.say("ctl.model.output", "activation", string(o.Activation), "temperature", fmt.Sprint(temperature))
	for _, label := range o.Labels {
		c := o.Classes[label]
		if c.Class == "" {
			t.say("ctl.model.no_class", "label", label, "threshold", fmt.Sprintf("%.3f", c.Threshold))
			continue
		}
		t.say("ctl.model.class", "label", label, "class", string(c.Class), "threshold", fmt.Sprintf("%.3f", c.Threshold))
	}
	t.say("ctl.model.hierarchy", "classes", strings.Join(strs(m.Hierarchy), " > "))
	if len(m.NotAssessed) > 0 {
		t.say("ctl.model.not_assessed", "classes", listed(m.NotAssessed))
	}
	t.sayDistribution(o.Distribution)
}

func (t *tool) sayDistribution(d *pack.Distribution) {
	if d == nil {
		t.say("ctl.model.no_distribution")
		return
	}
	t.say("ctl.model.distribution", "method", d.Method, "limit", fmt.Sprint(d.Limit))
	if d.Method == pack.FeatureResidual {
		transform := ""
		if d.Transform == pack.Hellinger {
			transform = text.T("ctl.model.features_hellinger", nil)
		}
		t.say("ctl.model.features", "features", fmt.Sprint(d.Features), "directions", fmt.Sprint(d.Directions), "tolerance", fmt.Sprint(d.Tolerance), "transform", transform)
	}
}

func strs[S ~string](all []S) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

func listed[S ~string](all []S) string { return strings.Join(strs(all), ", ") }

func share(of float64) string { return fmt.Sprintf("%.0f %%", 100*of) }
