package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/pack/packtest"
	"dermbox/inference/shelf"
)

// committed is the simulation pack of the demonstration.
const committed = root + "/firmware/demo/signed/simulation.dermpack"

// knows is a model that knows the golden answers of the committed pack by heart, and calls every other picture a naevus.
type knows struct {
	answers map[string][]float32
}

func standInModel() knows {
	k := knows{answers: map[string][]float32{}}
	raw, err := os.ReadFile(committed)
	if err != nil {
		panic(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		panic(err)
	}
	for i, v := range p.Golden.Vectors {
		picture := make([]uint32, 0, len(p.Golden.Picture(i)))
		for _, b := range p.Golden.Picture(i) {
			picture = append(picture, uint32(b)<<16)
		}
		answer := make([]float32, len(v.Probabilities))
		for j, probability := range v.Probabilities {
			answer[j] = float32(probability)
		}
		k.answers[string(inference.EncodeTensor(p.Manifest.Input.Normalise(picture)))] = answer
	}
	return k
}

// hold keeps a run waiting while there is a file "hold" beside the library that the worker was told of, or "hold-known" for a picture
// whose answer is known; "held" is made there meanwhile.
func hold(known bool) {
	dir := ""
	for i, arg := range os.Args {
		if arg == "--tflite" {
			dir = filepath.Dir(os.Args[i+1])
		}
	}
	name := filepath.Join(dir, "hold")
	if known {
		name += "-known"
	}
	for there := true; there; time.Sleep(time.Millisecond) {
		if _, err := os.Lstat(name); err != nil {
			there = false
		} else if f, err := os.Create(filepath.Join(dir, "held")); err == nil {
			f.Close()
		}
	}
}

func (k knows) Handle(_ context.Context, typ string, _ json.RawMessage, body []byte) (any, []byte, error) {
	if typ == inference.RequestLoad {
		return inference.LoadReply{Engine: "stand-in engine"}, nil, nil
	}
	answer, known := k.answers[string(body)]
	hold(known)
	if !known {
		answer = []float32{0.94, 0.01, 0.03, 0.02}
	}
	return inference.RunReply{TookMS: 0.5}, inference.EncodeTensor(answer), nil
}

// newModelRig gives a box whose inference worker is the stand-in.
func newModelRig(r *rig) *rig {
	own, err := os.Executable()
	must(r, err)
	r.settings["workers"] = fmt.Sprintf("{imaging: %q, inference: %q}", own, own)
	return r
}

// pack gives the committed pack, signed anew with another manifest or other known answers.
func (r *rig) pack(change func(m *pack.Manifest, members map[string][]byte)) []byte {
	r.Helper()
	raw, err := os.ReadFile(committed)
	must(r, err)
	key, err := keyring.LoadPrivate(root + "/firmware/keyring/demo/model.key.pem")
	must(r, err)
	raw, err = packtest.Change(r.Context(), raw, signed.NewSigner(key), change)
	must(r, err)
	return raw
}

// version gives the pack under another version.
func (r *rig) version(n int) []byte {
	return r.pack(func(m *pack.Manifest, _ map[string][]byte) { m.Version = n })
}

// wrongAnswers gives a pack whose known answers the model does not give.
func (r *rig) wrongAnswers(n int) []byte {
	return r.pack(func(m *pack.Manifest, members map[string][]byte) {
		m.Version = n
		otherAnswers(r, members)
	})
}

// otherAnswers changes the known answers of a pack.
func otherAnswers(r *rig, members map[string][]byte) {
	r.Helper()
	var g pack.Golden
	must(r, json.Unmarshal(members["golden.json"], &g))
	g.Vectors[0].Probabilities[0] -= 0.001
	g.Vectors[0].Probabilities[1] += 0.001
	raw, err := json.Marshal(g)
	must(r, err)
	members["golden.json"] = raw
}

func digestOf(r *rig, raw []byte) string {
	p, err := pack.Inspect(raw)
	must(r, err)
	return p.Digest
}

// orders sends an order about models, and gives the change and the status.
func (x *running) orders(path, body string) (shelf.Change, int) {
	x.Helper()
	code, raw := x.call(http.MethodPost, path, body)
	var c shelf.Change
	if code == http.StatusOK {
		must(x, json.Unmarshal(raw, &c))
	}
	return c, code
}

func (x *running) activates(name string, options string) (shelf.Change, int) {
	return x.orders("/v1/models/activate", `{"name":"`+name+`"`+options+`}`)
}

func (x *running) models() (l shelf.Listing) {
	x.Helper()
	code, raw := x.get("/v1/models")
	if code != http.StatusOK || json.Unmarshal(raw, &l) != nil {
		x.Fatalf("models: %d %s", code, raw)
	}
	return l
}

// inForce waits until the model with this digest judges.
func (x *running) inForce(digest string) shelf.Listing {
	x.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		l := x.models()
		if l.InForce != nil && l.InForce.Model.Digest == digest && l.State.Ready {
			return l
		}
		if time.Now().After(end) {
			x.Fatalf("%+v %+v, not %s", l.InForce, l.State, digest)
		}
	}
}

// file gives the shelf's file of a pack.
func (r *rig) shelfFile(digest string) string {
	found, err := filepath.Glob(r.path("data/models/*" + strings.TrimPrefix(digest, "sha256:") + "*"))
	if err != nil || len(found) != 1 {
		r.Fatalf("%d files of %s, %v", len(found), digest, err)
	}
	return found[0]
}
