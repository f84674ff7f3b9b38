package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/inference"
	"dermbox/inference/graph/graphtest"
)

// featuresFile has the form of madeUpFile, with its picture of 48 values as a second output.
var featuresFile = graphtest.Model{Between: []int32{1, 2}, Result: []int32{1, 2}, Outputs: []int32{0, 3}}.Bytes()

func (m *madeUpModel) file() []byte {
	if m.features > 0 {
		return featuresFile
	}
	return madeUpFile
}

// featuresOf gives a picture of brightness 0 to 9 that as its score, and any other one half.
func (m *madeUpModel) featuresOf(brightness float32) []float32 {
	if m.features == 0 {
		return nil
	}
	features, score := make([]float32, m.features), math.Round(float64(brightness)*255)
	if score > 9 {
		score = 0.5
	}
	features[0], features[1] = 100*brightness, float32(math.Sqrt(score))
	return features
}

// featuresFolder is modelFolder for the method feature_residual, without known answers.
func (r *rig) featuresFolder() string {
	r.t.Helper()
	folder := r.modelFolder()
	var m map[string]any
	r.ok(json.Unmarshal([]byte(read(r.t, folder+"/manifest.json")), &m))
	m["output"].(map[string]any)["out_of_distribution"] = map[string]any{
		"method": "feature_residual", "limit": 2, "features": 48, "directions": 1, "tolerance": 0.02}
	text, err := json.Marshal(m)
	r.ok(err)
	features := make([]float32, 48+48+1) // mean 0, the first axis, scale
	features[48], features[96] = 1, 1
	for name, content := range map[string]string{"manifest.json": string(text), "model.tflite": string(featuresFile),
		"features.bin": string(inference.EncodeTensor(features))} {
		r.write("model/"+name, content)
	}
	return folder
}

// A pack of this method needs a photograph that the model cannot judge among its known answers: without a label in labels.csv.
func TestModelPackWithFeatures(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	folder, out := r.featuresFolder(), r.path("new.dermpack")
	pack1 := []string{"model", "pack", folder, "--key", demoKeys + "model.key.pem", "--out", out}
	images := r.photographs("images", 1, 140, 5, 0)
	before := read(t, folder+"/golden.json")
	for name, test := range map[string]struct{ rows, says string }{
		"no empty label":   {"secret-00.jpg,nv\nsecret-01.jpg,mel\nsecret-02.jpg,nv\n", "of 0 the highest score is 0"},
		"one like others":  {"secret-00.jpg,nv\nsecret-01.jpg,mel\nsecret-03.jpg,\n", "of 1 the highest score is 0"},
		"an unlike labels": {"secret-02.jpg,nv\nsecret-01.jpg,mel\nsecret-00.jpg,\n", "of 1 the highest score is 1"},
	} {
		r.write("images/labels.csv", "path,label\n"+test.rows)
		t.Run(name, func(t *testing.T) {
			r.call(append(pack1, "--images", images)...).want(t, 3, "No photograph without a label is unlike enough", test.says, "above the limit of 2",
				"plain skin, paper or text, with an empty label in labels.csv")
		})
	}
	if read(t, folder+"/golden.json") != before {
		t.Error("the answers of before are gone")
	}
	r.call(pack1...).want(t, 6, "one has no unlikeness", "--images") // those of before are of another method

	r.write("images/labels.csv", "path,label\nsecret-00.jpg,nv\nsecret-01.jpg,mel\nsecret-02.jpg,\n")
	r.call(append(pack1, "--images", images)...).want(t, 0, "3 golden vectors")
	var seen inspected
	r.call("model", "inspect", out, "--json").decode(t, &seen)
	var said []string
	for _, v := range seen.Golden {
		said = append(said, fmt.Sprintf("%s %.2f", v.Name, *v.Unlikeness))
	}
	if got := strings.Join(said, ", "); got != "01 unlike pictures 5.00, 02 nv 1.00, 03 mel 0.50" {
		t.Errorf("recorded %s", got)
	}
	r.call("model", "inspect", out).golden(t, "model-inspect-features", 0)
	r.call("model", "verify", out).want(t, 0, "(demo)")
}

func TestModelPackRefusesBadFeatures(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	folder := r.featuresFolder()
	images := r.photographs("images", 1, 140, 5)
	pack1 := []string{"model", "pack", folder, "--key", demoKeys + "model.key.pem", "--out", r.path("x.dermpack")}
	both := func(code int, says ...string) {
		t.Helper()
		r.call(append(pack1, "--images", images)...).want(t, code, says...)
	}
	good := read(t, folder+"/features.bin")
	r.write("model/features.bin", good[:len(good)-4])
	both(6, "features.bin", "384 bytes instead of 388", "48 features and 1 directions")
	r.write("model/features.bin", good[:len(good)-4]+"\x00\x00\x00\x00")
	both(6, "features.bin", "scale")
	r.ok(os.Remove(filepath.Join(folder, "features.bin")))
	both(4, "features.bin")
	r.call(pack1...).want(t, 4, "features.bin is missing")
	r.write("model/features.bin", good)
	r.write("model/model.tflite", string(madeUpFile)) // labels alone
	both(6, "needs an output of the model with 48 values, its features, and 0 of the model's outputs")
	r.write("model/model.tflite", string(graphtest.Model{Between: []int32{1, 2}, Result: []int32{1, 2}, Outputs: []int32{2, 3}}.Bytes()))
	both(6, "2 outputs with 2 values")
	if _, err := os.Stat(r.path("x.dermpack")); err == nil {
		t.Error("a pack was written")
	}
}
