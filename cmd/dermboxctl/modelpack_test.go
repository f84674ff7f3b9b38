package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/worker"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
)

// madeUpModel calls a picture melanoma-like by its brightness, in the worker that dermboxctl starts.
type madeUpModel struct{ features int }

func (m *madeUpModel) Handle(_ context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error) {
	if typ == inference.RequestLoad {
		var r inference.LoadRequest
		err := json.Unmarshal(data, &r)
		m.features = r.Features
		if known := m.file(); err != nil || len(r.SHA256) != 64 || r.Outputs != 2 || r.MinRuntime != "2.20.0" || !bytes.Equal(body, known) {
			return nil, nil, appliance.E(appliance.Unverified, "inference.model_refused", err)
		}
		return inference.LoadReply{Engine: "made up"}, nil, nil
	}
	tensor, err := inference.DecodeTensor(body)
	if err != nil || len(tensor) != 48 {
		return nil, nil, fmt.Errorf("%d values, %w", len(tensor), err)
	}
	return inference.RunReply{}, inference.EncodeTensor(append([]float32{1 - tensor[0], tensor[0]}, m.featuresOf(tensor[0])...)), nil
}

var _ worker.Handler = (*madeUpModel)(nil)

// photographs writes grey JPEGs of the given brightness, with the patient's name in each file's name.
func (r *rig) photographs(folder string, brightness ...byte) string {
	r.t.Helper()
	r.ok(os.MkdirAll(r.path(folder), 0o700))
	for i, b := range brightness {
		img := image.NewGray(image.Rect(0, 0, 20, 10))
		for j := range img.Pix {
			img.Pix[j] = b
		}
		var out bytes.Buffer
		r.ok(jpeg.Encode(&out, img, &jpeg.Options{Quality: 100}))
		r.write(fmt.Sprintf("%s/secret-%02d.jpg", folder, i), out.String())
	}
	return r.path(folder)
}

func TestModelPackRecordsAndSigns(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	folder, out := r.modelFolder(), r.path("new.dermpack")
	r.ok(os.Remove(filepath.Join(folder, "golden.json")))
	r.ok(os.Remove(filepath.Join(folder, "golden.bin")))
	pack1 := []string{"model", "pack", folder, "--key", demoKeys + "model.key.pem", "--out", out}
	r.call(pack1...).want(t, 4, "golden.json is missing")
	// 0 twice, 26 (0.10) lies on mel's threshold, and each answer is wanted twice at most: 0 and 20, 140 and 160, 51.
	images := r.photographs("images", 0, 0, 20, 26, 10, 140, 160, 180, 51)
	r.call(append(pack1, "--images", images, "--each", "2")...).golden(t, "model-pack", 0)
	var seen inspected
	r.call("model", "inspect", out, "--json").decode(t, &seen)
	var said []string
	for _, v := range seen.Golden {
		said = append(said, fmt.Sprintf("%s %.2f", v.Name, v.Probabilities[1]))
	}
	if got := strings.Join(said, ", "); got != "01 nv 0.00, 02 mel 0.55, 03 mel nv 0.20, 04 nv 0.08, 05 mel 0.63" {
		t.Errorf("recorded %s", got)
	}
	raw, err := os.ReadFile(out)
	r.ok(err)
	if bytes.Contains(raw, []byte("secret")) {
		t.Error("the pack holds a photograph's file name")
	}
	r.call("model", "verify", out).want(t, 0, "(demo)")
	var made packed
	r.call(append(pack1, "--json")...).decode(t, &made) // the recorded answers are there now
	if made.Digest != seen.Digest || made.Vectors != 5 || made.Path != "$BOX/new.dermpack" || made.Status != pack.Simulation {
		t.Errorf("%+v", made)
	}
	// labels.csv says which there are: two of each kind.
	r.write("images/labels.csv", "path,label\nsecret-05.jpg,mel\nsecret-00.jpg,nv\nsecret-06.jpg,mel\nsecret-07.jpg,mel\n")
	r.call(append(pack1, "--images", images, "--each", "2", "--json")...).decode(t, &made)
	if made.Vectors != 3 {
		t.Errorf("%+v", made)
	}
}

func TestModelPackRefuses(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	folder := r.modelFolder()
	key := demoKeys + "model.key.pem"
	good, dark := r.photographs("images", 0, 140), r.photographs("dark", 0, 10, 20)
	damaged := r.photographs("damaged", 0)
	r.write("damaged/secret-00.jpg", "no photograph")
	labels := r.photographs("labels", 0)
	r.write("labels/labels.csv", "path,label\n../../etc/passwd,mel\n")
	manifest, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	r.ok(err)
	call := func(args ...string) result {
		return r.call(append([]string{"model", "pack", folder, "--out", r.path("x.dermpack")}, args...)...)
	}
	call("--key", r.path("none.pem")).want(t, 4)
	call("--key", key, "--images", good).want(t, 4, "dermbox-inference", "missing")
	r.worker = own
	call("--key", key, "--images", r.path("nowhere")).want(t, 4, "$BOX/nowhere")
	call("--key", key, "--images", good, "--optics", "other").want(t, 3, `"other"`)
	call("--key", key, "--images", good, "--each", "0").want(t, 3, "from 1 to 64")
	call("--key", key, "--images", dark).want(t, 6, "no vector has a class worse than BENIGN", "--images")
	call("--key", key, "--images", damaged).want(t, 3, "secret-00.jpg")
	call("--key", key, "--images", labels).want(t, 3, "labels.csv")
	other := bytes.Clone(madeUpFile)
	r.write("model/model.tflite", string(append(other, 0)))
	call("--key", key, "--images", good).want(t, 6, "TensorFlow Lite refuses")
	r.write("model/model.tflite", "another model")
	call("--key", key, "--images", good).want(t, 6, "not a TensorFlow Lite model")
	r.write("model/model.tflite", string(madeUpFile))
	r.write("model/manifest.json", strings.Replace(string(manifest), `"min_runtime":"2.20.0"`, `"min_runtime":"2"`, 1))
	call("--key", key, "--images", good).want(t, 3, `min_runtime is "2"`, "must be a TFLite version such as 2.20.0")
	r.write("model/manifest.json", strings.Replace(string(manifest), `"min_runtime"`, `"min_time"`, 1))
	call("--key", key, "--images", good).want(t, 3, "min_time")
	r.call("model", "pack", folder).want(t, 2, "key")
	if _, err := os.Stat(r.path("x.dermpack")); err == nil {
		t.Error("a pack was written")
	}
}

// The model's structure is read whether or not the model is run: what no box could load is signed by nobody.
func TestModelPackReadsTheModel(t *testing.T) {
	r := newRig(t, "")
	folder := r.modelFolder()
	r.write("model/model.tflite", string(graphtest.Model{}.Bytes())) // three values for two labels
	for _, args := range [][]string{{"model", "pack"}, {"sign", "model"}} {
		r.call(append(args, folder, "--key", demoKeys+"model.key.pem", "--out", r.path("x.dermpack"))...).want(t, 6, "The manifest has 2 labels")
	}
	if _, err := os.Stat(r.path("x.dermpack")); err == nil {
		t.Error("a pack was written")
	}
}

// What was recorded before stays when the new answers prove nothing, or when the photographs do not fit the manifest.
func TestModelPackKeepsGoodAnswers(t *testing.T) {
	r := newRig(t, "")
	own, err := os.Executable()
	r.ok(err)
	r.worker = own
	folder := r.modelFolder()
	before := read(t, folder+"/golden.json") + read(t, folder+"/golden.bin")
	pack1 := []string{"model", "pack", folder, "--key", demoKeys + "model.key.pem", "--out", r.path("x.dermpack"), "--images"}
	r.call(append(pack1, r.photographs("dark", 0, 10, 20))...).want(t, 6, "no vector has a class worse than BENIGN")
	images := r.photographs("images", 0, 140)
	r.write("images/labels.csv", "path,label\nsecret-00.jpg,nv\nsecret-01.jpg,melanoma\n")
	r.call(append(pack1, images)...).want(t, 3, `"melanoma"`, "$BOX/images/labels.csv", "nv, mel")
	if after := read(t, folder+"/golden.json") + read(t, folder+"/golden.bin"); after != before {
		t.Error("the answers of before are gone")
	}
}

// A file that was never a pack is told from a pack that was damaged.
func TestNoModelPack(t *testing.T) {
	r := newRig(t, "")
	raw := read(t, simulation)
	signedFile := read(t, r.otherKey())
	for name, content := range map[string]string{"text.dermpack": "hello", "empty.dermpack": "", "model.dermpack": string(madeUpFile), "rules.dermpack": signedFile} {
		path := r.write(name, content)
		for _, command := range []string{"inspect", "verify", "install"} {
			r.call("model", command, path).want(t, 3, "$BOX/"+name+" is no model pack (.dermpack)", "dermboxctl model pack")
		}
	}
	other := []byte(raw)
	other[0] ^= 1
	for name, content := range map[string]string{"short": raw[:len(raw)/2], "head": raw[:200], "changed": string(other)} {
		path := r.write(name, content)
		for _, command := range []string{"inspect", "verify"} {
			r.call("model", command, path).want(t, 6, "damaged or was changed")
		}
	}
}

func TestModelInspectShowsEverything(t *testing.T) {
	r := newRig(t, "")
	shipped := "../../firmware/demo/signed/simulation.dermpack"
	r.call("model", "inspect", shipped).golden(t, "model-inspect-simulation", 0)
	r.call("model", "inspect", shipped, "--card").want(t, 0, "# Simulation model, version 2", "not for clinical use")
	folder := r.modelFolder()
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	r.ok(err)
	var m map[string]any
	r.ok(json.Unmarshal(text, &m))
	m["status"], m["expires_at"] = "approved", "2026-11-22T11:59:59Z"
	m["device"] = map[string]string{"manufacturer": "Maker Ltd", "udi_di": "05012345678900", "udi_pi": "(8012)1.4.0"}
	text, err = json.Marshal(m)
	r.ok(err)
	r.write("model/manifest.json", string(text))
	out := r.path("approved.dermpack")
	// A pack whose time has passed is not made any more; this one was made in time.
	r.call("model", "pack", folder, "--key", demoKeys+"model.key.pem", "--out", out).want(t, 3, "expires_at", "2026")
	r.call("sign", "model", folder, "--key", demoKeys+"model.key.pem", "--out", out).want(t, 3, "expires_at")
	key, err := keyring.LoadPrivate(demoKeys + "model.key.pem")
	r.ok(err)
	raw, err := pack.Build(t.Context(), folder, signed.NewSigner(key))
	r.ok(err)
	r.ok(os.WriteFile(out, raw, 0o600))
	r.call("model", "inspect", out).golden(t, "model-inspect-approved", 0)
	// The signature is right, and its time has passed: no box runs it.
	r.call("model", "verify", out).want(t, 6, "Verified: model", "a box refuses it", "expired on")
}

func TestModelSchema(t *testing.T) {
	r := newRig(t, "")
	for _, args := range [][]string{{}, {"manifest"}, {"golden"}, {"golden", "--json"}, {"evaluation"}} {
		var schema map[string]any
		r.call(append([]string{"model", "schema"}, args...)...).decode(t, &schema)
		if title := fmt.Sprint(schema["title"]); !strings.HasPrefix(title, "dermbox.") {
			t.Errorf("%v: %s", args, title)
		}
	}
	r.call("model", "schema", "card").want(t, 3, "manifest, golden and evaluation")
}
