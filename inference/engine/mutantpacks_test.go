package engine_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// testKey signs the mutants' packs.
var testKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// base is a pack that mutants are made of.
type base struct {
	name     string
	manifest pack.Manifest
	model    []byte
	golden   []byte // golden.json
	pictures []byte // golden.bin
	features []byte // features.bin, where the manifest asks for it
}

// signed gives the pack with another model in it, signed and verified as on a box.
func (b base) signed(ctx context.Context, model []byte) (*pack.Pack, error) {
	raw, err := pack.Sign(ctx, b.manifest, map[string][]byte{
		"model.tflite": model, "card.md": []byte("# Mutant\n"), "golden.json": b.golden, "golden.bin": b.pictures, "features.bin": b.features,
	}, signed.NewEd25519Signer(testKey))
	if err != nil {
		return nil, err
	}
	return pack.Read(ctx, raw, demoKey{signed.NewVerifier(testKey.Public())})
}

// bases are the packs at hand: the simulation's, one of graphtest's model, two with features, and those of ../shared where that is. donors are
// models that parts are taken of.
func bases(t *testing.T) (all []base, donors [][]byte) {
	t.Helper()
	p := simulation(t)
	text, _ := json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: p.Golden.Vectors})
	own := base{name: "simulation", manifest: p.Manifest, model: p.Model, golden: text}
	for i := range p.Golden.Vectors {
		own.pictures = append(own.pictures, p.Golden.Picture(i)...)
	}
	all = append(all, own)
	float := preprocess.Spec{Width: 4, Height: 4, DType: "float32", Mean: [3]float64{128, 128, 128}, Std: [3]float64{64, 64, 64}}
	all = append(all, madePack(t, "made up", graphtest.Model{}.Bytes(), float, pack.Sigmoid, 3))
	all = append(all, featuresBase(t, "float", "float32", func([]pack.Vector) {}), featuresBase(t, "int8", "int8", func([]pack.Vector) {}))
	for _, name := range []string{"vww_96_float", "vww_96_int8"} {
		model, err := os.ReadFile(filepath.Join("../../../shared/data/models/mlperf_tiny", name+".tflite"))
		if err != nil {
			continue
		}
		spec := preprocess.Spec{Width: 96, Height: 96, DType: "float32", Std: [3]float64{255, 255, 255}}
		if name == "vww_96_int8" {
			spec.DType = "int8"
		}
		all = append(all, madePack(t, name, model, spec, pack.Softmax, 2))
	}
	files, _ := filepath.Glob("../tflite/testdata/*.tflite")
	more, _ := filepath.Glob("../../../shared/data/models/coral/*.tflite")
	for _, path := range append(files, more...) {
		donor, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		donors = append(donors, donor)
	}
	for _, b := range all {
		donors = append(donors, b.model)
	}
	return all, donors
}

// tolerance is the largest that a manifest may give.
var tolerance = map[string]float64{"float32": 1e-4, "int8": 0.004}

// madePack writes a manifest and known answers for a model that came without: of some pictures the two that it tells best apart.
func madePack(t *testing.T, name string, model []byte, spec preprocess.Spec, activation pack.Activation, labels int) base {
	t.Helper()
	spec.Channels, spec.Layout, spec.Colour, spec.Resize = 3, preprocess.NHWC, preprocess.RGB, preprocess.Squash
	names, classes := []string{"nv", "mel", "bcc"}[:labels], []appliance.Class{appliance.Benign, appliance.Melanoma, appliance.BCC}
	m := pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "mutants", Version: 1, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   name, Status: pack.Simulation, IntendedUse: "Tests.", Input: spec,
		Output:    pack.Output{Labels: names, Activation: activation, Classes: map[string]pack.Mapping{}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.BCC, appliance.Benign},
		Optics:    []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 0.8}}, MinRuntime: "2.20.0",
		Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: tolerance[spec.DType],
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.SecondReadPathway},
		NotAssessed: []appliance.Class{appliance.SCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus},
	}
	if labels == 2 {
		m.Hierarchy = slices.Delete(m.Hierarchy, 1, 2)
		m.NotAssessed = slices.Insert(m.NotAssessed, 1, appliance.BCC)
	}
	low, high := extremes(t, m, model)
	for i, label := range names {
		m.Output.Classes[label] = pack.Mapping{Class: classes[i], Threshold: clearOf(low.answer[i], high.answer[i])}
	}
	m.Output.Classes["mel"] = pack.Mapping{Class: appliance.Melanoma, Threshold: (low.answer[1] + high.answer[1]) / 2}
	b := base{name: name, manifest: m, model: model, pictures: slices.Concat(low.picture, high.picture)}
	b.golden, _ = json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{vector(m, "low", low), vector(m, "high", high)}})
	return b
}

// clearOf gives a threshold above both probabilities, or well below them where there is no room.
func clearOf(a, b float64) float64 {
	if max(a, b) < 0.9 {
		return 0.95
	}
	return min(a, b) / 2
}

func vector(m pack.Manifest, name string, a answered) pack.Vector {
	v := pack.Vector{Name: name, Probabilities: a.answer, Over: []string{}}
	for i, label := range m.Output.Labels {
		if a.answer[i] > m.Output.Classes[label].Threshold {
			v.Over = append(v.Over, label)
		}
	}
	slices.Sort(v.Over)
	return v
}

type answered struct {
	picture []byte
	answer  []float64
}

// extremes asks the model about pictures and gives those with the least and the most of label 1.
func extremes(t *testing.T, m pack.Manifest, model []byte) (low, high answered) {
	t.Helper()
	e := engine.New(libraryPath(t))
	defer e.Close()
	request := inference.LoadRequest{
		SHA256: digest(string(model)), InputDims: m.Input.Dims(), InputType: m.Input.DType, Outputs: len(m.Output.Labels), MinRuntime: m.MinRuntime,
	}
	if _, _, err := handle(e, inference.RequestLoad, request, model); err != nil {
		t.Fatal(err)
	}
	size := m.Input.Size()
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 1500 {
		picture := blotches(r, m.Input.Width, m.Input.Height)
		wide := make([]uint32, size)
		for i, b := range picture {
			wide[i] = uint32(b) << 16
		}
		_, body, err := handle(e, inference.RequestRun, nil, inference.EncodeTensor(m.Input.Normalise(wide)))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := inference.DecodeTensor(body)
		answer, err := inference.Probabilities(m.Output, raw)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 || answer[1] < low.answer[1] {
			low = answered{picture, answer}
		}
		if n == 0 || answer[1] > high.answer[1] {
			high = answered{picture, answer}
		}
	}
	return low, high
}

// blotches is a picture of a few coarse squares, so that many of them differ in more than noise.
func blotches(r *rand.Rand, w, h int) []byte {
	across := 1 + r.IntN(6)
	colours := make([]byte, across*across*3)
	for i := range colours {
		colours[i] = byte(r.IntN(256))
	}
	picture := make([]byte, w*h*3)
	for i := range w * h {
		x, y := i%w*across/w, i/w*across/h
		copy(picture[3*i:], colours[(y*across+x)*3:][:3])
	}
	return picture
}
