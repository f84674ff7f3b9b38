package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// featuresFolder is a folder of inference/tflite's model with a second output. Its "training pictures" are black: their features are 0.
func featuresFolder(t *testing.T) string {
	t.Helper()
	model, err := os.ReadFile("../../inference/tflite/testdata/features_float.tflite")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := json.Marshal(pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "features", Version: 1, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   "Features", Status: pack.Simulation, IntendedUse: "Tests.",
		Input: preprocess.Spec{Width: 8, Height: 8, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255}},
		Output: pack.Output{Labels: []string{"mel", "nv", "none"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"mel": {Class: appliance.Melanoma, Threshold: 0.38}, "nv": {Class: appliance.Benign, Threshold: 0.38}, "none": {Threshold: 0.9}},
			Distribution: &pack.Distribution{Method: pack.FeatureResidual, Limit: 1, Features: 12, Directions: 1, Tolerance: 0.02}},
		Hierarchy:   []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus},
		Optics:      []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 1}}, MinRuntime: "2.20.0",
		Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: 1e-4,
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.SecondReadPathway},
	})
	if err != nil {
		t.Fatal(err)
	}
	features := make([]float32, 12+12+1) // mean 0, the first axis, scale
	features[12], features[24] = 1, 1
	dir := t.TempDir()
	for name, content := range map[string][]byte{"model.tflite": model, "card.md": []byte("#"), "manifest.json": manifest,
		"features.bin": inference.EncodeTensor(features)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// whiteWhere writes a JPEG of 8 by 8 pixels.
func whiteWhere(t *testing.T, path string, white func(x, y int) bool) {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		if white(i%8, i/8) {
			img.Set(i%8, i/8, color.White)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The known answers of a model with features hold its scores, and one picture at least, without a label, that it cannot judge.
func TestMakeAPackWithFeatures(t *testing.T) {
	library := libraryPath(t)
	dir, images := featuresFolder(t), t.TempDir()
	out := filepath.Join(dir, "x.dermpack")
	whiteWhere(t, filepath.Join(images, "right.jpg"), func(x, _ int) bool { return x >= 4 })
	whiteWhere(t, filepath.Join(images, "bottom.jpg"), func(_, y int) bool { return y >= 4 })
	whiteWhere(t, filepath.Join(images, "white.jpg"), func(int, int) bool { return true })
	golden := func(label string) (int, string) {
		csv := "path,label,tone,seed\nright.jpg,nv,1,1\nbottom.jpg,mel,1,2\nwhite.jpg," + label + ",1,3\n"
		if err := os.WriteFile(filepath.Join(images, "labels.csv"), []byte(csv), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := runs(t, "golden", "--dir", dir, "--images", images, "--tflite", library)
		return code, errs
	}
	if code, errs := golden("nv"); code != 3 || !strings.Contains(errs, "No photograph without a label") {
		t.Fatalf("code %d: %s", code, errs)
	}
	if code, errs := golden(""); code != 0 {
		t.Fatal(errs)
	}
	if code, _, errs := runs(t, "pack", "--dir", dir, "--key", demoKey, "--out", out); code != 0 {
		t.Fatal(errs)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil || len(p.Golden.Vectors) != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	for i, want := range []float64{1.48, 0.63, 2.57} { // white, right, bottom: what TensorFlow's features come to
		if v := p.Golden.Vectors[i]; math.Abs(*v.Unlikeness-want) > 0.02 {
			t.Errorf("%s: a score of %v, want %v", v.Name, *v.Unlikeness, want)
		}
	}
	os.Remove(filepath.Join(dir, "features.bin"))
	if code, errs := golden(""); code != 4 || !strings.Contains(errs, "features.bin") {
		t.Fatalf("code %d: %s", code, errs)
	}
}
