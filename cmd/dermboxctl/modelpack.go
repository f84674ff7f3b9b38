package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
	"dermbox/inference/record"
)

// packing is one run of "model pack".
type packing struct {
	dir, key, out  string
	images, optics string
	each           int
	tflite, sha256 string
}

// maxShown is how many photographs of a folder without labels are shown to the model.
const maxShown = 1000

// packed is a new pack as "model pack --json" shows it.
type packed struct {
	Path    string      `json:"path"`
	ID      string      `json:"id"`
	Version int         `json:"version"`
	Status  pack.Status `json:"status"`
	KeyID   string      `json:"key"`
	Digest  string      `json:"digest"`
	Vectors int         `json:"golden_vectors"`
}

func (t *tool) modelPackCommand() *cobra.Command {
	var p packing
	cmd := t.reading("pack DIR --key FILE", "model.pack", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		p.dir = args[0]
		result, err := t.modelPack(cmd.Context(), p)
		if err != nil {
			return err
		}
		return t.show(result, func() {
			t.say("ctl.model.packed", "path", result.Path, "id", result.ID, "version", fmt.Sprint(result.Version), "status", string(result.Status),
				"vectors", fmt.Sprint(result.Vectors), "key", result.KeyID, "digest", result.Digest)
			t.sayMark(string(result.Status))
		})
	})
	flag := func(to *string, name, value string) {
		cmd.Flags().StringVar(to, name, value, text.T("ctl.flag.model_"+name, nil))
	}
	flag(&p.images, "images", "")
	flag(&p.optics, "optics", "")
	flag(&p.tflite, "tflite", "")
	flag(&p.sha256, "tflite-sha256", "")
	cmd.Flags().StringVar(&p.key, "key", "", text.T("ctl.flag.key", nil))
	cmd.Flags().StringVar(&p.out, "out", "", text.T("ctl.flag.out", nil))
	cmd.Flags().IntVar(&p.each, "each", 3, text.T("ctl.flag.model_each", nil))
	must(cmd.MarkFlagRequired("key"))
	return cmd
}

func (t *tool) modelPack(ctx context.Context, p packing) (packed, error) {
	if _, err := keyring.LoadPrivate(p.key); err != nil { // before the model runs for a while
		return packed{}, err
	}
	if err := target(packOut(p.dir, p.out)); err != nil {
		return packed{}, err
	}
	if p.images != "" {
		if err := t.recordGolden(ctx, p); err != nil {
			return packed{}, err
		}
	}
	file, err := t.sign(ctx, signed.KindModel, p.dir, p.key, p.out)
	if err != nil {
		return packed{}, err
	}
	raw, err := t.readFile(file.Path, pack.MaxSize)
	if err != nil {
		return packed{}, err
	}
	made, err := pack.Inspect(raw)
	if err != nil {
		return packed{}, err
	}
	m := made.Manifest
	return packed{file.Path, m.ID, m.Version, m.Status, file.KeyID, made.Digest, len(made.Golden.Vectors)}, nil
}

// recordGolden shows the folder's model the photographs, in the inference worker, and writes golden.json and golden.bin.
func (t *tool) recordGolden(ctx context.Context, p packing) error {
	manifest, err := t.readFile(filepath.Join(p.dir, pack.ManifestFile), signed.MaxEnvelope)
	if err != nil {
		return err
	}
	m, err := pack.ParseUnpacked(manifest)
	if err != nil {
		return err
	}
	optics := m.Optics[0]
	if p.optics != "" {
		var ok bool
		if optics, ok = m.OpticsFor(appliance.OpticsID(p.optics)); !ok {
			return appliance.FieldError("optics", "ctl.model.no_optics", "optics", p.optics)
		}
	}
	if p.each < 1 || p.each > pack.MaxVectors {
		return appliance.FieldError("each", "ctl.model.each", "value", fmt.Sprint(p.each), "most", fmt.Sprint(pack.MaxVectors))
	}
	features, err := t.featuresOf(p.dir, m)
	if err != nil {
		return err
	}
	shown, err := t.toShow(p.images, m.Output.Labels)
	if err != nil {
		return err
	}
	answers, err := t.askModel(ctx, p, record.Options{Manifest: m, Features: features, Optics: optics, Each: p.each}, shown)
	if err != nil {
		return err
	}
	if err := pack.CheckGolden(m, answers.JSON, answers.Bin); err != nil { // what was recorded before stays
		return err
	}
	for _, file := range []struct {
		name string
		raw  []byte
	}{{"golden.bin", answers.Bin}, {"golden.json", answers.JSON}} {
		path := filepath.Join(p.dir, file.name)
		if err := durable.WriteFile(path, file.raw, 0o644); err != nil {
			return unwritten(path, err)
		}
	}
	return nil
}

// featuresOf reads a folder's features.bin; nil for a manifest that needs none.
func (t *tool) featuresOf(dir string, m *pack.Manifest) (*pack.Features, error) {
	if m.FeatureCount() == 0 {
		return nil, nil
	}
	raw, err := t.readFile(filepath.Join(dir, pack.FeaturesFile), pack.MaxSize)
	if err != nil {
		return nil, err
	}
	return pack.ReadFeatures(m, raw)
}

func (t *tool) askModel(ctx context.Context, p packing, o record.Options, shown []record.Picture) (record.Answers, error) {
	var none record.Answers
	model, err := t.readFile(filepath.Join(p.dir, "model.tflite"), inference.MaxBody)
	if err != nil {
		return none, err
	}
	if err := t.worthSigning(o.Manifest, model); err != nil {
		return none, err
	}
	found, err := t.inferenceOptions(p.tflite, p.sha256)
	if err != nil {
		return none, err
	}
	w, err := record.StartWorker(ctx, record.WorkerOptions{Path: found.WorkerPath, TFLite: found.TFLite, Pins: found.Pins, Log: found.Log}, o.Manifest, model)
	if err != nil {
		return none, err
	}
	o.Model = w
	answers, err := record.Golden(ctx, o, shown)
	return answers, errors.Join(err, w.Close())
}

// beside gives an absolute path: the named one, or a file by its place from this program's folder.
func beside(named, place string) (string, error) {
	if named != "" {
		return filepath.Abs(named)
	}
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return filepath.Join(filepath.Dir(own), place), nil
}

// worthSigning refuses the model that no box could load, and the pack that every box would refuse as expired.
func (t *tool) worthSigning(m *pack.Manifest, model []byte) error {
	if signed.CheckExpiry(m.Header, t.now()) != nil {
		return appliance.FieldError("expires_at", "ctl.model.expired", "until", london(m.ExpiresAt))
	}
	return inference.Fits(m, model)
}

// toShow lists a folder's photographs: those of its labels.csv (path, label), or all. Labels are the manifest's, or empty.
func (t *tool) toShow(dir string, known []string) ([]record.Picture, error) {
	one := func(name, group string) record.Picture {
		path := filepath.Join(dir, name)
		return record.Picture{Name: path, Group: group, Read: func() ([]byte, error) { return t.readFile(path, preprocess.MaxFile) }}
	}
	labels := filepath.Join(dir, "labels.csv")
	if _, err := os.Stat(labels); errors.Is(err, fs.ErrNotExist) {
		names, err := pictures(dir)
		var shown []record.Picture
		for _, name := range names[:min(len(names), maxShown)] {
			shown = append(shown, one(name, ""))
		}
		return shown, err
	}
	raw, err := t.readFile(labels, 64<<20)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(bytes.NewReader(raw))
	rows.FieldsPerRecord = -1
	all, err := rows.ReadAll()
	if err != nil || len(all) < 2 {
		return nil, appliance.E(appliance.Invalid, "ctl.model.labels", err, "path", labels)
	}
	var shown []record.Picture
	for i, row := range all[1:] {
		if len(row) > 1 && row[1] != "" && !slices.Contains(known, row[1]) {
			return nil, appliance.FieldError("label", "ctl.model.unknown_label", "label", row[1], "path", labels, "row", fmt.Sprint(i+2),
				"known", strings.Join(known, ", "))
		}
		if len(row) < 2 || !filepath.IsLocal(row[0]) {
			return nil, appliance.E(appliance.Invalid, "ctl.model.labels", nil, "path", labels)
		}
		shown = append(shown, one(row[0], row[1]))
	}
	return shown, nil
}
