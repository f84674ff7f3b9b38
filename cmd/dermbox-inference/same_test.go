package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// envFingerprint makes this test binary a worker whose answer is a fingerprint of its input tensor.
const envFingerprint = "INFERENCE_TEST_FINGERPRINT"

// fingerprint is a model whose answer differs with any bit of its input.
type fingerprint struct{}

func (fingerprint) Handle(_ context.Context, typ string, _ json.RawMessage, body []byte) (any, []byte, error) {
	if typ == inference.RequestLoad {
		return inference.LoadReply{Engine: "fingerprint"}, nil, nil
	}
	p := float32(fingerprintOf(body))
	return inference.RunReply{}, inference.EncodeTensor([]float32{1 - p, p}), nil
}

// fingerprintOf gives 0 to 1 in steps that a float32 holds.
func fingerprintOf(tensor []byte) float64 {
	sum := sha256.Sum256(tensor)
	return float64(binary.LittleEndian.Uint32(sum[:])>>9) / (1 << 23)
}

// odd is a manifest with everything that could be mixed up: crop, blue first, planes, ImageNet's normalisation.
func odd() pack.Manifest {
	return pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "odd", Version: 1, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   "Odd", Status: pack.Simulation, IntendedUse: "Tests.", Preprocessing: preprocess.Version,
		Input: preprocess.Spec{Width: 24, Height: 16, Channels: 3, DType: "float32", Layout: preprocess.NCHW, Colour: preprocess.BGR,
			Resize: preprocess.Crop, Mean: [3]float64{103.53, 116.28, 123.675}, Std: [3]float64{57.375, 57.12, 58.395}},
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.5}, "mel": {Class: appliance.Melanoma, Threshold: 0.5}}},
		Hierarchy:   []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus},
		Optics:      []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 0.85}}, MinRuntime: "2.20.0",
		Licences: map[string]string{"model": "Apache-2.0"}, Pathways: []appliance.Pathway{appliance.Shadow}, Tolerance: 1e-4,
	}
}

// oddPack gives the fingerprint a pack: the first pictures of one brightness that it calls naevus and melanoma.
func oddPack(t *testing.T) *pack.Pack {
	t.Helper()
	m, golden, pictures := odd(), pack.Golden{Schema: pack.GoldenSchema}, []byte{}
	for _, label := range m.Output.Labels {
		for b := range 256 {
			picture := bytes.Repeat([]byte{byte(b)}, m.Input.Size())
			fine := make([]uint32, len(picture))
			for i := range fine {
				fine[i] = uint32(b) << 16
			}
			p := fingerprintOf(inference.EncodeTensor(m.Input.Normalise(fine)))
			if (p > 0.6) == (label == "mel") && math.Abs(p-0.5) > 0.1 {
				golden.Vectors = append(golden.Vectors, pack.Vector{Name: label, Probabilities: []float64{1 - p, p}, Over: []string{label}})
				pictures = append(pictures, picture...)
				break
			}
		}
	}
	text, err := json.Marshal(golden)
	if err != nil {
		t.Fatal(err)
	}
	key, err := readKey(demoKey)
	if err != nil {
		t.Fatal(err)
	}
	// The client reads a model's structure before it starts a worker.
	shape := graphtest.Model{Input: []int32{1, 3, 16, 24}, Between: []int32{1, 2}, Result: []int32{1, 2}}.Bytes()
	raw, err := pack.Sign(t.Context(), m, map[string][]byte{"model.tflite": shape, "card.md": []byte("#"),
		"golden.json": text, "golden.bin": pictures}, signed.NewSigner(key))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Read(t.Context(), raw, oneKey{key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPreparationIsTheSameEverywhere shows one photograph to the clinic's client and to the preparation of a training set: the model gets the
// same bits. dermboxctl model evaluate asks the same client.
func TestPreparationIsTheSameEverywhere(t *testing.T) {
	p := oddPack(t)
	client := inference.NewClient(inference.ClientOptions{
		WorkerPath: "/proc/self/exe", TFLite: "/nonexistent", Pack: p, Env: []string{envFingerprint + "=1"}, Clock: wallClock{},
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	served := make(chan struct{})
	go func() { defer close(served); _ = client.Serve(ctx) }()
	defer func() { cancel(); <-served }()

	dir := t.TempDir()
	manifest, err := json.Marshal(p.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"422-restarts.jpg", "444.jpg", "grey-restarts.jpg", "progressive.jpg", "restarts-0.jpg"} {
		t.Run(name, func(t *testing.T) {
			still, err := os.ReadFile("../../camera/testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, still, 0o600); err != nil {
				t.Fatal(err)
			}
			scores, err := client.Assess(ctx, inference.Input{JPEG: still, Optics: appliance.OpticsSimulatedScope})
			if err != nil {
				t.Fatal(err)
			}
			clinic := scores.Probabilities[1]
			fine, err := scaled(path, p.Manifest.Input, p.Manifest.Optics[0].FieldFraction)
			if err != nil {
				t.Fatal(err)
			}
			if got := fingerprintOf(inference.EncodeTensor(p.Manifest.Input.Normalise(fine))); got != clinic {
				t.Errorf("prepared %v, in the clinic %v", got, clinic)
			}
			preparedBytes(t, dir, name, preprocess.Bytes(fine))
		})
	}
}

// preparedBytes holds what the command writes for a picture against its bytes.
func preparedBytes(t *testing.T, dir, name string, want []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "labels.csv"), []byte("path,label,tone,seed\n"+name+",mel,1,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "x.npy")
	if code, _, errs := runs(t, "prepare", "--images", dir, "--manifest", filepath.Join(dir, "manifest.json"), "--out", out); code != 0 {
		t.Fatal(errs)
	}
	raw, err := os.ReadFile(out)
	if err != nil || !bytes.HasSuffix(raw, want) || !strings.Contains(string(raw[:128]), "(1, 16, 24, 3)") {
		t.Errorf("the training set holds other bytes, %v", err)
	}
}
