package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

func goldenCommand() *cobra.Command {
	var g golden
	c := &cobra.Command{
		Use:    "golden --dir DIR --images DIR",
		Short:  "Record a model's known answers",
		Hidden: true, Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			n, err := g.record()
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%d golden vectors\n", n)
			}
			return err
		}),
	}
	c.Flags().StringVar(&g.dir, "dir", "", "folder with manifest.json and model.tflite; golden.json and golden.bin go there")
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

func (g golden) record() (int, error) {
	m, err := readManifest(filepath.Join(g.dir, pack.ManifestFile))
	if err != nil {
		return 0, err
	}
	set, err := readLabels(g.images)
	if err != nil {
		return 0, err
	}
	e := engine.New(g.library)
	defer e.Close()
	if err := g.load(m, e); err != nil {
		return 0, err
	}
	vectors, pictures, err := g.choose(m, set, e)
	if err != nil {
		return 0, err
	}
	text, err := json.MarshalIndent(pack.Golden{Schema: pack.GoldenSchema, Vectors: vectors}, "", " ")
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(g.dir, "golden.json"), append(text, '\n'), 0o644); err != nil {
		return 0, err
	}
	return len(vectors), os.WriteFile(filepath.Join(g.dir, "golden.bin"), pictures, 0o644)
}

// load gives the engine the model, as the client does.
func (g golden) load(m *pack.Manifest, e *engine.Engine) error {
	model, err := os.ReadFile(filepath.Join(g.dir, "model.tflite"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(model)
	request, err := json.Marshal(inference.LoadRequest{
		SHA256: hex.EncodeToString(sum[:]), InputDims: m.Input.Dims(), InputType: m.Input.DType,
		Outputs: len(m.Output.Labels), MinRuntime: m.MinRuntime,
	})
	if err != nil {
		return err
	}
	_, _, err = e.Handle(context.Background(), inference.RequestLoad, request, model)
	return err
}

// choose takes the first pictures of each label that lie clear of every threshold: another processor's last bits must not
// change which classes are over.
func (g golden) choose(m *pack.Manifest, set []labelled, e *engine.Engine) ([]pack.Vector, []byte, error) {
	optics, ok := m.OpticsFor(appliance.OpticsSimulatedScope)
	if !ok {
		optics = m.Optics[0]
	}
	var vectors []pack.Vector
	var pictures []byte
	have := map[string]int{}
	for _, p := range set {
		if have[p.label] >= g.each {
			continue
		}
		picture, err := scaled(p.path, m.Input, optics.FieldFraction)
		if err != nil {
			return nil, nil, err
		}
		bytes := preprocess.Bytes(picture)
		for i, b := range bytes { // as the appliance will have it: bytes, not their fractions
			picture[i] = uint32(b) << 16
		}
		_, answer, err := e.Handle(context.Background(), inference.RequestRun, nil, inference.EncodeTensor(m.Input.Normalise(picture)))
		if err != nil {
			return nil, nil, err
		}
		raw, err := inference.DecodeTensor(answer)
		if err != nil {
			return nil, nil, err
		}
		vector, clear, err := vectorOf(m, filepath.Base(p.path), raw)
		if err != nil {
			return nil, nil, err
		}
		if clear {
			have[p.label]++
			vectors, pictures = append(vectors, vector), append(pictures, bytes...)
		}
	}
	return vectors, pictures, nil
}

// vectorOf records one answer, and says whether it lies clear of every threshold.
func vectorOf(m *pack.Manifest, name string, raw []float32) (v pack.Vector, clear bool, err error) {
	v, clear = pack.Vector{Name: name, Over: []string{}}, true
	v.Probabilities, err = inference.Probabilities(m.Output, raw)
	if err != nil {
		return v, false, err
	}
	for i, label := range m.Output.Labels {
		threshold := m.Output.Classes[label].Threshold
		clear = clear && math.Abs(v.Probabilities[i]-threshold) > 100*m.Tolerance
		if v.Probabilities[i] >= threshold {
			v.Over = append(v.Over, label)
		}
	}
	slices.Sort(v.Over)
	return v, clear, nil
}
