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

func (t *tool) modelCommand() *cobra.Command {
	return group("model", "model", t.modelInspectCommand(), t.modelVerifyCommand(), t.modelInstallCommand(),
		t.modelActivateCommand(), t.modelRollbackCommand(), t.modelListCommand(), t.modelRemoveCommand(), t.modelBenchCommand())
}

// inspected is a pack as "model inspect --json" shows it.
type inspected struct {
	Manifest pack.Manifest `json:"manifest"`
	Digest   string        `json:"digest"`
	Card     string        `json:"card"`
	Vectors  int           `json:"golden_vectors"`
}

func (t *tool) modelInspectCommand() *cobra.Command {
	return t.reading("inspect FILE", "model.inspect", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		raw, err := t.readFile(args[0], pack.MaxSize)
		if err != nil {
			return err
		}
		p, err := pack.Inspect(raw)
		if err != nil {
			return err
		}
		result := inspected{p.Manifest, p.Digest, p.Card, len(p.Golden.Vectors)}
		return t.show(result, func() { t.sayPack(p) })
	})
}

func (t *tool) sayPack(p *pack.Pack) {
	m := p.Manifest
	t.say("ctl.model.head", "name", m.Name, "id", m.ID, "version", fmt.Sprint(m.Version), "status", string(m.Status))
	t.say("ctl.model.use", "use", m.IntendedUse)
	optics := make([]string, len(m.Optics))
	for i, o := range m.Optics {
		optics[i] = string(o.ID)
	}
	t.say("ctl.model.optics", "optics", strings.Join(optics, ", "))
	for _, label := range slices.Sorted(maps.Keys(m.Output.Classes)) {
		c := m.Output.Classes[label]
		t.say("ctl.model.class", "label", label, "class", orDash(string(c.Class)), "threshold", fmt.Sprintf("%.3f", c.Threshold))
	}
	t.say("ctl.model.facts", "vectors", fmt.Sprint(len(p.Golden.Vectors)), "size", size(int64(len(p.Model))),
		"until", until(m.ExpiresAt), "digest", p.Digest)
	t.say("ctl.model.unverified")
}

func (t *tool) modelVerifyCommand() *cobra.Command {
	var dir string
	cmd := t.reading("verify FILE", "model.verify", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		ring, _, err := t.ring(dir)
		if err != nil {
			return err
		}
		file, err := t.verifyPack(cmd.Context(), args[0], ring)
		if err != nil {
			return err
		}
		return t.show(file, func() { t.sayVerified(file) })
	})
	cmd.Flags().StringVar(&dir, "keyring", "", text.T("ctl.flag.keyring", nil))
	return cmd
}
