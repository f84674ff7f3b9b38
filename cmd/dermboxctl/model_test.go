package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// madeUpFile has the form of a model of two labels, which is all that a pack needs: the made-up worker never runs it.
var madeUpFile = graphtest.Model{Between: []int32{1, 2}, Result: []int32{1, 2}}.Bytes()

// modelFolder writes the folder of a small model.
func (r *rig) modelFolder() string {
	r.t.Helper()
	manifest, err := json.Marshal(pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "test-model", Version: 3, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   "Test model", Status: pack.Simulation, IntendedUse: "Tests only.",
		Input: preprocess.Spec{Width: 4, Height: 4, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255}},
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.7}, "mel": {Class: appliance.Melanoma, Threshold: 0.1}}},
		Hierarchy:   []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus},
		Optics:      []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 0.8}},
		MinRuntime:  "2.20.0", Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: 1e-4,
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.Shadow, appliance.SecondReadPathway},
	})
	r.ok(err)
	golden, err := json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{
		{Name: "one", Probabilities: []float64{0.75, 0.25}, Over: []string{"mel", "nv"}},
		{Name: "two", Probabilities: []float64{0.95, 0.05}, Over: []string{"nv"}}}})
	r.ok(err)
	r.ok(os.Mkdir(r.path("model"), 0o700))
	for name, content := range map[string]string{"manifest.json": string(manifest), "golden.json": string(golden), "card.md": "# Card\n",
		"golden.bin": string(append(bytes.Repeat([]byte{5}, 4*4*3), make([]byte, 4*4*3)...)), "model.tflite": string(madeUpFile)} {
		r.write("model/"+name, content)
	}
	return r.path("model")
}

func TestModelPack(t *testing.T) {
	r := newRig(t, "")
	folder, out := r.modelFolder(), r.path("test.dermpack")
	r.call("sign", "model", folder, "--key", demoKeys+"model.key.pem", "--out", out).want(t, 0, "Signed $BOX/test.dermpack as model")
	r.call("model", "inspect", out).golden(t, "model-inspect", 0)
	var seen inspected
	r.call("model", "inspect", out, "--json").decode(t, &seen)
	if seen.Manifest.ID != "test-model" || seen.Vectors != 2 || seen.Card != "# Card\n" {
		t.Errorf("%+v", seen)
	}
	for _, verify := range [][]string{{"verify"}, {"model", "verify"}} {
		r.call(append(verify, out)...).want(t, 0, "Verified: model", "(demo)", "test-model, version 3, without an end of validity")
		r.call(append(verify, out, "--json")...).want(t, 0, `"role": "model"`)
	}
	raw, err := os.ReadFile(out)
	r.ok(err)
	at := bytes.Index(raw, []byte("TFL3")) + 4
	raw[at] ^= 1
	r.call("model", "verify", r.write("changed.dermpack", string(raw))).want(t, 6, "model.tflite")
	r.call("model", "inspect", r.path("changed.dermpack")).want(t, 6)
	// Signed again by a key that signs no models.
	r.call("sign", "model", out, "--key", demoKeys+"clinical.key.pem", "--out", r.path("other.dermpack")).want(t, 0)
	r.call("model", "verify", r.path("other.dermpack")).want(t, 6)
	r.call("model", "verify", r.path("none.dermpack")).want(t, 4)
	// A pack is written over a pack, and over nothing else.
	r.call("sign", "model", out, "--key", demoKeys+"model.key.pem", "--out", out).want(t, 0)
	notes := r.write("notes.txt", "not to be lost")
	r.call("sign", "model", out, "--key", demoKeys+"model.key.pem", "--out", notes).want(t, 8, "$BOX/notes.txt exists already")
	if kept, err := os.ReadFile(notes); err != nil || string(kept) != "not to be lost" {
		t.Errorf("the file now holds %d bytes, %v", len(kept), err)
	}
}
