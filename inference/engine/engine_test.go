package engine_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// envChild makes this test binary the inference worker with the real engine.
const envChild = "ENGINE_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(envChild); path != "" {
		os.Exit(worker.Main(engine.New(path)))
	}
	goleak.VerifyTestMain(m)
}

// libraryPath finds the real library, or skips the test when this machine has none.
func libraryPath(t testing.TB) string {
	t.Helper()
	path := os.Getenv("DERMBOX_TFLITE")
	if path == "" {
		path, _ = filepath.Abs("../../build/lib/libtensorflowlite_c.so")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no TensorFlow Lite library: %v (make installs it into build/lib, or set DERMBOX_TFLITE)", err)
	}
	return path
}

// demoKey trusts the demonstration's model key.
type demoKey struct{ verifier dsse.Verifier }

func (k demoKey) Verifiers(context.Context, signed.Kind) ([]dsse.Verifier, error) {
	return []dsse.Verifier{k.verifier}, nil
}

// simulation is the committed pack, verified as a demonstration device does.
func simulation(t testing.TB) *pack.Pack {
	t.Helper()
	raw, err := os.ReadFile("../../firmware/keyring/demo/model.pub")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(raw)
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open("../../firmware/demo/signed/simulation.dermpack", demoKey{signed.NewVerifier(public)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// request is what the client asks of a new worker for the pack.
func request(p *pack.Pack) inference.LoadRequest {
	m := p.Manifest
	return inference.LoadRequest{
		SHA256: p.ModelSHA256(), InputDims: m.Input.Dims(), InputType: m.Input.DType, Outputs: len(m.Output.Labels),
		Features: m.FeatureCount(), MinRuntime: m.MinRuntime,
	}
}

func handle(e *engine.Engine, typ string, req any, body []byte) (any, []byte, error) {
	data, _ := json.Marshal(req)
	return e.Handle(context.Background(), typ, data, body)
}

func TestEngineRefuses(t *testing.T) {
	path, p := libraryPath(t), simulation(t)
	tests := map[string]struct {
		path   string
		change func(*inference.LoadRequest)
		model  []byte
		key    string
	}{
		"no library":     {"/nonexistent/lib.so", nil, p.Model, "inference.runtime_missing"},
		"newer library":  {path, func(r *inference.LoadRequest) { r.MinRuntime = "99.0.0" }, p.Model, "inference.runtime_version"},
		"changed model":  {path, nil, append(bytes.Clone(p.Model), 0), "inference.model_changed"},
		"other input":    {path, func(r *inference.LoadRequest) { r.InputDims = []int{1, 97, 96, 3} }, p.Model, "inference.model.input"},
		"other type":     {path, func(r *inference.LoadRequest) { r.InputType = "int8" }, p.Model, "inference.model.input"},
		"other output":   {path, func(r *inference.LoadRequest) { r.Outputs = 9 }, p.Model, "inference.model.labels"},
		"not a TFLite":   {path, func(r *inference.LoadRequest) { r.SHA256 = digest("hello") }, []byte("hello"), "inference.model.not_tflite"},
		"empty of bytes": {path, func(r *inference.LoadRequest) { r.SHA256 = digest("") }, nil, "inference.model.not_tflite"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := engine.New(test.path)
			defer e.Close()
			r := request(p)
			if test.change != nil {
				test.change(&r)
			}
			_, _, err := handle(e, inference.RequestLoad, r, test.model)
			wantKey(t, err, test.key)
			_, _, err = handle(e, inference.RequestRun, nil, nil)
			wantKey(t, err, "inference.model_refused")
		})
	}
}

// What the native loader alone can tell has its sentence too.
func TestNativeRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		model     graphtest.Model
		key       string
		operators string
	}{
		"newer version":  {graphtest.Model{OperatorV: 99}, "inference.model.newer", "LOGISTIC version 99"},
		"no kernel":      {graphtest.Model{Operator: 200}, "inference.model.newer", "STABLEHLO_WHILE version 1"},
		"unknown number": {graphtest.Model{Operator: 90000}, "inference.model.newer", "90000"},
		"wrong use":      {graphtest.Model{Operator: 36}, "inference.model_refused", ""},
		"wrong type":     {graphtest.Model{BetweenT: graphtest.Int32}, "inference.model_refused", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine.New(libraryPath(t))
			defer e.Close()
			model := test.model.Bytes()
			_, _, err := handle(e, inference.RequestLoad, inference.LoadRequest{
				SHA256: digest(string(model)), InputDims: []int{1, 4, 4, 3}, InputType: "float32", Outputs: 3, MinRuntime: "2.20.0",
			}, model)
			wantKey(t, err, test.key)
			if e, _ := errors.AsType[*appliance.Error](err); e.Params["operators"] != test.operators {
				t.Fatalf("operators %q, want %q", e.Params["operators"], test.operators)
			}
		})
	}
}

func digest(s string) string { return signed.Digest([]byte(s))[len("sha256:"):] }

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("got %v, want %s", err, key)
	}
}

func TestEngineRuns(t *testing.T) {
	p := simulation(t)
	e := engine.New(libraryPath(t))
	defer e.Close()
	if _, _, err := handle(e, inference.RequestLoad, request(p), p.Model); err != nil {
		t.Fatal(err)
	}
	_, _, err := handle(e, inference.RequestLoad, request(p), p.Model)
	wantKey(t, err, "inference.model_refused") // one model a life
	for _, body := range [][]byte{nil, make([]byte, 3), make([]byte, 400)} {
		_, _, err := handle(e, inference.RequestRun, nil, body)
		wantKey(t, err, "inference.tensor")
	}
	_, out, err := handle(e, inference.RequestRun, nil, make([]byte, 4*p.Manifest.Input.Size()))
	if err != nil || len(out) != 4*len(p.Manifest.Output.Labels) {
		t.Fatalf("%d bytes, %v", len(out), err)
	}
	if _, _, err := handle(e, "else", nil, nil); err == nil {
		t.Fatal("an unknown request was answered")
	}
}

type clock struct{}

func (clock) Now() appliance.Stamp { return appliance.Stamp{Wall: time.Unix(1.8e9, 0)} }
func (clock) Bounded() time.Time   { return time.Unix(1.8e9, 0) }

// client runs the committed pack in a real worker process.
func client(t testing.TB, p *pack.Pack) *inference.Client {
	t.Helper()
	c := inference.NewClient(inference.ClientOptions{
		WorkerPath: "/proc/self/exe", Env: []string{envChild + "=" + libraryPath(t), "GORACE=atexit_sleep_ms=0"},
		Pack: p, Clock: clock{},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Serve(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// lossy is how far a JPEG of the best quality (4:2:0) moves a probability here.
const lossy = 0.08

// answer is the model's word about a still without client or worker.
func answer(t *testing.T, e *engine.Engine, p *pack.Pack, in inference.Input) []float64 {
	t.Helper()
	rgb, w, h, err := preprocess.Decode(in.JPEG)
	if err != nil {
		t.Fatal(err)
	}
	m := p.Manifest
	tensor, err := m.Input.Tensor(rgb, w, h, preprocess.Field(w, h, in.Field, m.Optics[0].FieldFraction))
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := handle(e, inference.RequestRun, nil, inference.EncodeTensor(tensor))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := inference.DecodeTensor(body)
	if err != nil {
		t.Fatal(err)
	}
	probabilities, err := inference.Probabilities(m.Output, raw)
	if err != nil {
		t.Fatal(err)
	}
	return probabilities
}

// TestCommittedPackInAWorker is the whole of it: signature, worker, library, known answers, and one picture of each.
func TestCommittedPackInAWorker(t *testing.T) {
	p := simulation(t)
	c := client(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	verdicts := map[appliance.Class]int{}
	bare := engine.New(libraryPath(t))
	defer bare.Close()
	if _, _, err := handle(bare, inference.RequestLoad, request(p), p.Model); err != nil {
		t.Fatal(err)
	}
	for i, vector := range p.Golden.Vectors {
		m := p.Manifest
		in := inside(m.Input.Width, m.Input.Height, p.Golden.Picture(i), m.Optics[0])
		want := answer(t, bare, p, in)
		scores, err := c.Assess(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		_, _, most, _ := inference.Interpret(&m, scores)
		verdicts[most]++
		for j := range scores.Probabilities {
			if d := scores.Probabilities[j] - want[j]; d > m.Tolerance || d < -m.Tolerance {
				t.Errorf("%s: got %v, want %v", vector.Name, scores.Probabilities, want)
				break
			}
			if d := want[j] - vector.Probabilities[j]; d > lossy || d < -lossy {
				t.Errorf("%s: a JPEG of it is judged %v, itself %v", vector.Name, want, vector.Probabilities)
			}
		}
	}
	if verdicts[appliance.Melanoma] == 0 || verdicts[appliance.Benign] == 0 {
		t.Fatalf("verdicts %v: at least two kinds must be seen", verdicts)
	}
	if ref, _ := c.Model(); ref.Engine == "" || ref.Status != "simulation" {
		t.Fatalf("model %+v", ref)
	}
	if s := c.State(); !s.Ready {
		t.Fatalf("state %+v", s)
	}
}

// still encodes pixels as a camera would, at the best quality.
func still(rgb []byte, w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.Set(i%w, i/w, color.RGBA{rgb[3*i], rgb[3*i+1], rgb[3*i+2], 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 100}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// inside puts a picture of the input's size where the crop for the optics will find it again, unscaled.
func inside(w, h int, picture []byte, o pack.Optics) inference.Input {
	side := w
	for int(float64(side)*o.FieldFraction+0.5) < w {
		side++
	}
	rgb := make([]byte, side*side*3)
	off := (side - w) / 2
	for y := range h {
		copy(rgb[((off+y)*side+off)*3:], picture[y*w*3:(y+1)*w*3])
	}
	return inference.Input{JPEG: still(rgb, side, side), Optics: o.ID}
}

// A library that is not the pinned one is refused before any of its code could run; the pinned one is loaded.
func TestLibraryIsPinned(t *testing.T) {
	p := simulation(t)
	raw, err := os.ReadFile(libraryPath(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		pins []string
		key  string // "" for none
	}{
		"another": {[]string{digest("another")}, "inference.runtime_changed"},
		"its own": {[]string{digest("another"), digest(string(raw))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine.New(libraryPath(t), test.pins...)
			defer e.Close()
			_, _, err := handle(e, inference.RequestLoad, request(p), p.Model)
			if test.key != "" {
				wantKey(t, err, test.key)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWithoutTheLibrary(t *testing.T) {
	p := simulation(t)
	c := inference.NewClient(inference.ClientOptions{
		WorkerPath: "/proc/self/exe", Env: []string{envChild + "=/nonexistent/lib.so", "GORACE=atexit_sleep_ms=0"}, Pack: p, Clock: clock{},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); c.Serve(ctx) }()
	defer func() { cancel(); <-done }()
	for c.State().Key != "inference.runtime_missing" {
		time.Sleep(time.Millisecond)
	}
	_, err := c.Assess(ctx, inside(96, 96, p.Golden.Picture(0), p.Manifest.Optics[0]))
	wantKey(t, err, "inference.runtime_missing")
}
