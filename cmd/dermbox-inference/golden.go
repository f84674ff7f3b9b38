package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/pack"
	"dermbox/inference/record"
)

func goldenCommand() *cobra.Command {
	var g golden
	c := &cobra.Command{
		Use:   "golden --dir DIR --images DIR",
		Short: "Record a model's known answers",
		Args:  cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			n, err := g.record(cmd.Context())
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%d golden vectors\n", n)
			}
			return err
		}),
	}
	c.Flags().StringVar(&g.dir, "dir", "", "folder with manifest.json, model.tflite and, for the method feature_residual, features.bin; golden.json and golden.bin go there")
	c.Flags().StringVar(&g.images, "images", "", "folder with labels.csv and JPEGs")
	c.Flags().IntVar(&g.each, "each", 3, "pictures of each label")
	addTFLite(c, &g.library)
	require(c, "dir", "images")
	return c
}

// golden is one run of the command.
type golden struct {
	dir, images, library string
	each                 int
}

func (g golden) record(ctx context.Context) (int, error) {
	text, err := os.ReadFile(filepath.Join(g.dir, pack.ManifestFile))
	if err != nil {
		return 0, appliance.E(appliance.NotFound, "pack.member_missing", err, "member", pack.ManifestFile)
	}
	m, err := pack.ParseUnpacked(text)
	if err != nil {
		return 0, err
	}
	set, err := readLabels(g.images)
	if err != nil {
		return 0, err
	}
	e := engine.New(g.library)
	defer e.Close()
	if err := g.load(ctx, m, e); err != nil {
		return 0, err
	}
	optics, ok := m.OpticsFor(appliance.OpticsSimulatedScope)
	if !ok {
		optics = m.Optics[0]
	}
	features, err := g.features(m)
	if err != nil {
		return 0, err
	}
	pictures := make([]record.Picture, len(set))
	for i, p := range set {
		pictures[i] = record.Picture{Name: p.path, Group: p.label, Read: func() ([]byte, error) { return readPicture(p.path) }}
	}
	answers, err := record.Golden(ctx, record.Options{Manifest: m, Features: features, Optics: optics, Model: inProcess{e}, Each: g.each}, pictures)
	if err != nil {
		return 0, err
	}
	if err := pack.CheckGolden(m, answers.JSON, answers.Bin); err != nil { // what was recorded before stays
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(g.dir, "golden.json"), answers.JSON, 0o644); err != nil {
		return 0, err
	}
	return answers.Vectors, os.WriteFile(filepath.Join(g.dir, "golden.bin"), answers.Bin, 0o644)
}

// features reads the folder's features.bin; nil for a manifest that needs none.
func (g golden) features(m *pack.Manifest) (*pack.Features, error) {
	if m.FeatureCount() == 0 {
		return nil, nil
	}
	raw, err := os.ReadFile(filepath.Join(g.dir, pack.FeaturesFile))
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "pack.member_missing", err, "member", pack.FeaturesFile)
	}
	return pack.ReadFeatures(m, raw)
}

// load gives the engine the model, as the client does.
func (g golden) load(ctx context.Context, m *pack.Manifest, e *engine.Engine) error {
	model, err := os.ReadFile(filepath.Join(g.dir, "model.tflite"))
	if err != nil {
		return err
	}
	request, err := json.Marshal(record.LoadRequest(m, model))
	if err != nil {
		return err
	}
	_, _, err = e.Handle(ctx, inference.RequestLoad, request, model)
	return err
}

// inProcess is the engine of this program as the model that answers.
type inProcess struct{ e *engine.Engine }

func (p inProcess) Run(ctx context.Context, tensor []float32) ([]float32, error) {
	_, answer, err := p.e.Handle(ctx, inference.RequestRun, nil, inference.EncodeTensor(tensor))
	if err != nil {
		return nil, err
	}
	return inference.DecodeTensor(answer)
}
