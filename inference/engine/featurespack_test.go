package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// halves are pictures of 8 by 8 pixels that are white where their name says.
func halves(name string) []byte {
	picture := make([]byte, 192)
	for i := range picture {
		x, y := i/3%8, i/24
		if name == "white" || name == "left" && x < 4 || name == "right" && x >= 4 || name == "top" && y < 4 || name == "bottom" && y >= 4 {
			picture[i] = 255
		}
	}
	return picture
}

// known are the pictures of the known answers.
var known = []string{"right", "bottom", "white", "left", "top"}

func featuresManifest(kind, input string) pack.Manifest {
	return pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "features-" + kind, Version: 1, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   "features of " + kind, Status: pack.Simulation, IntendedUse: "Tests.",
		Input: preprocess.Spec{Width: 8, Height: 8, Channels: 3, DType: input, Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255}},
		Output: pack.Output{Labels: []string{"mel", "nv", "none"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"mel": {Class: appliance.Melanoma, Threshold: 0.38}, "nv": {Class: appliance.Benign, Threshold: 0.38}, "none": {Threshold: 0.9}},
			Distribution: &pack.Distribution{Method: pack.FeatureResidual, Limit: 1, Features: 12, Directions: 1, Tolerance: 0.1}},
		Hierarchy:   []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus},
		Optics:      []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 1}}, MinRuntime: "2.20.0",
		Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: tolerance[input],
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.SecondReadPathway},
	}
}

// featuresBase is what a pack is made of, for a model with two outputs whose "training pictures" are white on the right and at the bottom: the one is
// their mean, and the way to the other the one direction in which they differ.
func featuresBase(t *testing.T, kind, input string, change func([]pack.Vector)) base {
	t.Helper()
	r, model := twoOutputs(t, kind, input)
	e := engine.New(libraryPath(t))
	defer e.Close()
	if _, _, err := handle(e, inference.RequestLoad, r, model); err != nil {
		t.Fatal(err)
	}
	m := featuresManifest(kind, input)
	outputs := map[string][]float32{}
	for _, name := range known {
		outputs[name] = raw(t, e, m, halves(name))
	}
	file := featuresFile(outputs["right"][3:], outputs["bottom"][3:])
	features, err := pack.ReadFeatures(&m, file)
	if err != nil {
		t.Fatal(err)
	}
	golden, pictures := pack.Golden{Schema: pack.GoldenSchema}, []byte{}
	for _, name := range known {
		a, err := inference.ReadAnswer(&m, features, outputs[name])
		if err != nil {
			t.Fatal(err)
		}
		v := vector(m, name, answered{answer: a.Probabilities})
		v.Unlikeness = a.Unlikeness
		golden.Vectors, pictures = append(golden.Vectors, v), append(pictures, halves(name)...)
	}
	change(golden.Vectors)
	text, _ := json.Marshal(golden)
	return base{name: m.Name, manifest: m, model: model, golden: text, pictures: pictures, features: file}
}

func featuresPack(t *testing.T, kind, input string, change func([]pack.Vector)) *pack.Pack {
	t.Helper()
	b := featuresBase(t, kind, input, change)
	p, err := b.signed(t.Context(), b.model)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// raw is what the model says of a picture.
func raw(t *testing.T, e *engine.Engine, m pack.Manifest, picture []byte) []float32 {
	t.Helper()
	wide := make([]uint32, len(picture))
	for i, b := range picture {
		wide[i] = uint32(b) << 16
	}
	_, body, err := handle(e, inference.RequestRun, nil, inference.EncodeTensor(m.Input.Normalise(wide)))
	if err != nil {
		t.Fatal(err)
	}
	values, err := inference.DecodeTensor(body)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(values)
}

// featuresFile is a features.bin with the way from the mean to another as its one direction.
func featuresFile(mean, other []float32) []byte {
	way, length := make([]float32, len(mean)), 0.0
	for i := range way {
		way[i] = other[i] - mean[i]
		length += float64(way[i]) * float64(way[i])
	}
	for i := range way {
		way[i] /= float32(math.Sqrt(length))
	}
	return bytes.Clone(inference.EncodeTensor(slices.Concat(mean, way, []float32{1})))
}

// The whole of it with real features: a signed pack, the worker's process, TensorFlow Lite, known answers with their scores, and stills.
func TestPackWithFeaturesInAWorker(t *testing.T) {
	for kind, input := range map[string]string{"float": "float32", "int8": "int8"} {
		t.Run(kind, func(t *testing.T) {
			p := featuresPack(t, kind, input, func([]pack.Vector) {})
			c := client(t, p)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for name, want := range map[string]struct {
				most appliance.Class
				over bool
			}{
				"right": {appliance.Benign, false}, "bottom": {appliance.Melanoma, false}, "white": {appliance.Benign, false},
				"left": {appliance.Melanoma, true}, "top": {"", true},
			} {
				scores, err := c.Assess(ctx, inside(8, 8, halves(name), p.Manifest.Optics[0]))
				if err != nil {
					t.Fatal(err)
				}
				_, _, most, _ := inference.Interpret(&p.Manifest, scores)
				if score := inference.Unlikeness(&p.Manifest, scores); most != want.most || score.Over != want.over || score.Limit != 1 {
					t.Errorf("%s: %q, %+v of %v", name, most, *score, scores.Probabilities)
				}
			}
		})
	}
}

// Known answers whose scores another file gave are refused before the model judges anything.
func TestPackWithAnothersScores(t *testing.T) {
	p := featuresPack(t, "float", "float32", func(all []pack.Vector) { *all[2].Unlikeness += 0.15 })
	_, err := inference.Try(t.Context(), inference.ClientOptions{
		WorkerPath: "/proc/self/exe", Env: []string{envChild + "=" + libraryPath(t), "GORACE=atexit_sleep_ms=0"}, Pack: p, Clock: clock{},
	})
	wantKey(t, err, "inference.golden_mismatch")
}
