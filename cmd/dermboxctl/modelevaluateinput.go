package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

// resultFolder makes the folder of --out before the model runs. It takes an empty one and no other: curves of another model or of other pictures
// would be lost, or stand among new ones as if they were of this run.
func resultFolder(dir string) error {
	if dir == "" {
		return nil
	}
	old, err := os.ReadDir(dir)
	switch {
	case len(old) > 0, errors.Is(err, syscall.ENOTDIR):
		return appliance.E(appliance.Conflict, "ctl.evaluate.out_taken", err, "path", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return unwritten(dir, err)
	}
	return unwritten(dir, durable.MkdirAll(dir, 0o755))
}

// noBox says that this computer has no box's settings and none were named: a computer that only evaluates.
func (t *tool) noBox() bool {
	_, err := os.Stat(t.configPath)
	return t.configPath == defaultConfig && errors.Is(err, fs.ErrNotExist)
}

// trialRing is the key ring that was named or the box's. Where there is neither, the demonstration's packs can be tried, and no others.
func (t *tool) trialRing(named string) (*keyring.Ring, error) {
	if named == "" && t.noBox() {
		fmt.Fprintln(t.errors, "dermboxctl:", sentence("ctl.evaluate.demo_keys", "path", defaultConfig))
		return keyring.Demo()
	}
	ring, _, err := t.ring(named)
	return ring, err
}

// trusted reads the pack and holds it against the key ring and the clock, as "model verify" does.
func (t *tool) trusted(ctx context.Context, e modelTrial) (*pack.Pack, error) {
	ring, err := t.trialRing(e.rules.keyring)
	if err != nil {
		return nil, err
	}
	raw, err := t.packFile(e.pack)
	if err != nil {
		return nil, err
	}
	p, err := pack.Read(ctx, raw, ring)
	if err != nil {
		return nil, err
	}
	if err := signed.CheckExpiry(p.Manifest.Header, t.now()); err != nil {
		return nil, err
	}
	return p, inference.Fits(&p.Manifest, p.Model)
}

// shownThrough gives the named optics of the pack, or its only ones.
func shownThrough(m *pack.Manifest, named string) (appliance.OpticsID, error) {
	names := make([]string, len(m.Optics))
	for i, o := range m.Optics {
		names[i] = string(o.ID)
	}
	all := strings.Join(names, ", ")
	if named == "" {
		if len(names) == 1 {
			return m.Optics[0].ID, nil
		}
		return "", appliance.FieldError("--optics", "ctl.evaluate.which_optics", "optics", all)
	}
	if _, ok := m.OpticsFor(appliance.OpticsID(named)); !ok {
		return "", appliance.FieldError("--optics", "ctl.evaluate.other_optics", "value", evaluate.Shown(named), "optics", all)
	}
	return appliance.OpticsID(named), nil
}

func (t *tool) pictureList(e modelTrial, labels []string) (evaluate.List, error) {
	if info, err := os.Stat(e.images); err != nil || !info.IsDir() {
		return evaluate.List{}, appliance.E(appliance.NotFound, "ctl.quality.no_folder", err, "path", e.images)
	}
	raw, err := t.readFile(e.labels, evaluate.MaxList)
	if err != nil {
		return evaluate.List{}, err
	}
	list, err := evaluate.ReadList(evaluate.Source{Name: e.labels, Raw: raw, Split: e.split, Labels: labels})
	if err == nil && len(list.Rows) == 0 {
		err = nothingJudged(e.labels, list)
	}
	return list, err
}

// nothingJudged says why no picture is left, by what is wrong with the first row.
func nothingJudged(labels string, list evaluate.List) error {
	first := ""
	if len(list.LeftOut) > 0 {
		first = list.LeftOut[0].Sentence
	}
	return appliance.E(appliance.Invalid, "ctl.evaluate.nothing", errors.New("every row is left out"), "path", labels, "n", fmt.Sprint(list.Total), "first", first)
}
