package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/shelf"
)

// simulation is the committed pack of the demonstration.
const simulation = "../../firmware/demo/signed/simulation.dermpack"

func changed() shelf.Change {
	return shelf.Change{Changed: true, Model: appliance.ModelRef{ID: "test-model", Version: "4", Digest: "sha256:abc", Engine: "TFLite"},
		Previous: appliance.ModelRef{ID: "test-model", Version: "3"}, Notices: []shelf.Notice{{Key: "k", Sentence: "Mind the optics."}},
		Trial: &shelf.Trial{Engine: "TFLite 2.21.0 XNNPACK", Vectors: 5, WorstDifference: 1e-6, LoadMS: 120, RunMS: 1.2, RSS: 40 << 20}}
}

func TestModelOrders(t *testing.T) {
	r := newRig(t, "")
	file := r.write("a.dermpack", "envelope.json: bytes of a pack")
	d := r.daemon(map[string]any{
		"POST /v1/models?reason=CHG-7": changed(), "POST /v1/models/activate": changed(), "POST /v1/models/rollback": changed(),
		"POST /v1/models/remove": changed(),
	})
	r.call("model", "install", file, "--reason", "CHG-7").want(t, 0, "Trying the model", "Installed test-model/4", "5 known answers", "Mind the optics.",
		"dermboxctl model activate test-model/4")
	r.call("model", "activate", "test-model/4", "--older", "--reason", "CHG-7").want(t, 0, "In force: test-model/4", "Before it: test-model/3", "TFLite 2.21.0 XNNPACK")
	r.call("model", "rollback").want(t, 0, "In force again: test-model/4")
	r.call("model", "remove", "test-model/4").want(t, 0, "Removed test-model/4")
	for i, want := range []string{"POST /v1/models?reason=CHG-7 envelope.json: bytes of a pack", `POST /v1/models/activate {"name":"test-model/4","older":true,"reason":"CHG-7"}`,
		`POST /v1/models/rollback {"name":"","older":false,"reason":""}`, `POST /v1/models/remove {"name":"test-model/4","older":false,"reason":""}`} {
		if d.asked[i] != want {
			t.Errorf("asked %q, want %q", d.asked[i], want)
		}
	}
	said := r.call("model", "activate", "test-model/4", "--json")
	var change shelf.Change
	said.decode(t, &change)
	if !change.Changed || change.Trial.Vectors != 5 || said.err != "" {
		t.Errorf("%+v, %s", change, said.err)
	}
	again := changed()
	again.Changed = false
	d.answers["POST /v1/models/activate"] = again
	r.call("model", "activate", "test-model").want(t, 0, "in force already")
	d.answers["POST /v1/models/activate"] = &appliance.Error{Code: appliance.Conflict, Key: "daemon.model_older"}
	r.call("model", "activate", "test-model/1").want(t, 8, "daemon.model_older")
	r.call("model", "install", r.path("none.dermpack")).want(t, 4)
}

// Only the daemon changes anything; what it holds can be read without it.
func TestModelsWithoutTheDaemon(t *testing.T) {
	r := newRig(t, "model: {pack: model.dermpack}\n")
	r.call("model", "list").want(t, 0, "No model is installed", "not running", "$BOX/model.dermpack")
	for _, order := range [][]string{{"install", r.write("a.dermpack", "envelope.json")}, {"activate", "x"}, {"rollback"}, {"remove", "x/1"}} {
		r.call(append([]string{"model"}, order...)...).want(t, 5, "alone installs and activates", "systemctl start dermboxd")
	}
	r.call("model", "bench").want(t, 4, "No model is installed")
	raw, err := os.ReadFile(simulation)
	r.ok(err)
	ring, err := keyring.Load(r.config.KeyringDir, false)
	r.ok(err)
	p, _, err := shelf.Open(r.config.ModelsDir(), ring).Install(t.Context(), raw)
	r.ok(err)
	s, _ := r.open()
	r.ok(s.SaveModelAct(t.Context(), appliance.ModelAct{Action: appliance.ModelActivate, Outcome: "ok", Actor: "uid:0", Reason: "CHG-8", Model: p.Ref("made-up")}))
	r.ok(s.Close())
	r.call("model", "list").want(t, 0, "in force", p.Manifest.ID+"/", "simulation", "by uid:0, reason CHG-8", "Read from the disk")
	var list shelf.Listing
	r.call("model", "list", "--json").decode(t, &list)
	if len(list.Models) != 1 || !list.Models[0].InForce || list.Models[0].Digest != p.Digest || list.Running || list.InForce == nil || list.Models[0].KeyID == "" {
		t.Errorf("%+v", list)
	}
	entry := list.Models[0]
	path := r.config.ModelsDir() + "/" + entry.ID + "_" + strconv.Itoa(entry.Version) + "_" + strings.TrimPrefix(entry.Digest, "sha256:") + ".dermpack"
	raw[len(raw)/2] ^= 1
	r.ok(os.WriteFile(path, raw, 0o600))
	r.call("model", "list").want(t, 0, "cannot run: The model pack")
	r.call("model", "bench").want(t, 6)
}

// People are told to wait only where there is something to wait for.
func TestNoWaitingForWhatIsRefusedAtOnce(t *testing.T) {
	r := newRig(t, "")
	r.quiet = time.Hour
	check := func(got result) {
		t.Helper()
		if strings.Contains(got.out+got.err, "takes a moment") {
			t.Errorf("it says to wait: %s", got.err)
		}
	}
	check(r.call("model", "rollback")) // nothing answers
	r.daemon(map[string]any{"POST /v1/models/activate": &appliance.Error{Code: appliance.NotFound, Key: "shelf.unknown"}})
	check(r.call("model", "activate", "nonsense"))
	r.quiet = 0
	r.call("model", "activate", "nonsense").want(t, 4, "takes a moment")
}

func TestModelListAndBenchOfTheDaemon(t *testing.T) {
	r := newRig(t, "")
	act := appliance.ModelAct{Action: appliance.ModelActivate, Outcome: "ok", Actor: "dermboxd", Model: appliance.ModelRef{ID: "m", Version: "2"}}
	d := r.daemon(map[string]any{
		"GET /v1/models": shelf.Listing{Running: true, InForce: &act, State: &shelf.State{Ready: true, Engine: "TFLite 2.21.0"},
			Models:   []shelf.Line{{ID: "m", Version: 2, Digest: "sha256:0123456789abcdef", Status: "approved", InForce: true}, {ID: "m", Version: 1, Digest: "sha256:fedcba9876543210", Previous: true, Trouble: &shelf.Notice{Sentence: "It has run out."}}},
			Settings: &shelf.Notice{Sentence: "It is older."}},
		"GET /v1/models/bench?n=7": inference.Bench{Model: act.Model, N: 7, P50MS: 1.5, P95MS: 2.25, RunP50: 1.25, LoadMS: 90, RSS: 30 << 20},
	})
	r.call("model", "list").want(t, 0, "in force", "before it", "m/2", "self-test with TFLite 2.21.0", "m/1 cannot run: It has run out.", "not taken: It is older.", "sha256:0123456789ab\n")
	d.answers["GET /v1/models"] = shelf.Listing{Running: true, State: &shelf.State{Sentence: "There is none."}}
	r.call("model", "list").want(t, 0, "No model judges now: There is none.")
	r.call("model", "bench", "--n", "7").want(t, 0, "1.50 ms", "2.25 ms", "1.25 ms", "90 ms")
	var timed map[string]map[string]any
	said := r.call("model", "bench", "--n", "7", "--json")
	json.Unmarshal([]byte(said.out), &timed) // the other fields are numbers
	if timed["model"]["version"] != 2.0 || timed["model"]["id"] != "m" {
		t.Errorf("the version is not told as the list tells it: %s", said.out)
	}
	r.call("model", "bench", "--n", "0").want(t, 3, "1 to 10000")
}
