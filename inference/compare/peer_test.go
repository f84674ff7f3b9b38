package compare_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dermbox/inference/tflite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The engines that peer.py runs.
const (
	litert      = "litert"       // Google's interpreter as it comes: XNNPACK
	litertPlain = "litert_plain" // the same without the delegate
	onnxRuntime = "onnxruntime"
)

// installed gives the path of something that `make setup-peers` installs, or skips the test when it did not.
func installed(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("DERMBOX_PEERS")
	if folder == "" {
		folder, _ = filepath.Abs("../../build/peers")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("nothing to compare with: %v (make setup-peers installs it into build/peers, or set DERMBOX_PEERS)", err)
	}
	return path
}

// script is a command that runs one of this folder's Python scripts.
func script(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), installed(t, "venv/bin/python"), append([]string{name}, args...)...)
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	return c
}

// peer is the Python process with the other engines.
type peer struct {
	in     io.Writer
	out    *bufio.Reader
	stderr bytes.Buffer
}

// loaded describes a model in another engine.
type loaded struct {
	Inputs  []tensor `json:"inputs"`
	Outputs []tensor `json:"outputs"`
}

type tensor struct {
	DType     string  `json:"dtype"`
	Dims      []int   `json:"dims"`
	Scale     float32 `json:"scale"`
	ZeroPoint int32   `json:"zero_point"`
}

func (t tensor) is(o tflite.Tensor) bool {
	same := t.DType == o.DType && t.Scale == o.Scale && t.ZeroPoint == o.ZeroPoint && len(t.Dims) == len(o.Dims)
	for i := range t.Dims {
		same = same && t.Dims[i] == o.Dims[i]
	}
	return same
}

// startPeer starts the process; it ends with the test.
func startPeer(t testing.TB) *peer {
	t.Helper()
	c, p := script(t, "peer.py"), &peer{}
	c.Stderr = &p.stderr
	in, err := c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	p.in, p.out = in, bufio.NewReaderSize(out, 1<<20)
	t.Cleanup(func() {
		in.Close()
		_ = c.Wait() // it was told to end, or has ended: ask said why
	})
	return p
}

// ask sends a request with its bytes and reads the answer with its own.
func (p *peer) ask(t testing.TB, request map[string]any, body []byte, answer any) []byte {
	t.Helper()
	if body != nil {
		request["bytes"] = len(body)
	}
	line, err := json.Marshal(request)
	must(t, err)
	_, err = p.in.Write(append(append(line, '\n'), body...))
	must(t, err)
	reply, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v: %v: %s", request["do"], err, p.stderr.String())
	}
	var head struct {
		Error string
		Bytes int
	}
	must(t, errors.Join(json.Unmarshal(reply, &head), json.Unmarshal(reply, answer)))
	if head.Error != "" {
		t.Fatalf("%v of %v: %s", request["do"], request["id"], head.Error)
	}
	raw := make([]byte, head.Bytes)
	_, err = io.ReadFull(p.out, raw)
	must(t, err)
	return raw
}

// load has an engine load the model in a file under an id.
func (p *peer) load(t testing.TB, id, engine, file string) (l loaded) {
	t.Helper()
	p.ask(t, map[string]any{"do": "load", "id": id, "engine": engine, "file": file}, nil, &l)
	return l
}

// run gives all outputs for the one input, as they lie in memory, one after the other.
func (p *peer) run(t testing.TB, id string, input []byte) []byte {
	t.Helper()
	return p.ask(t, map[string]any{"do": "run", "id": id}, input, &struct{}{})
}

// timed runs the last input again so often and gives the milliseconds of each: the engine alone.
func (p *peer) timed(t testing.TB, id string, times int) []float64 {
	t.Helper()
	var answer struct {
		MS []float64 `json:"ms"`
	}
	p.ask(t, map[string]any{"do": "time", "id": id, "times": times}, nil, &answer)
	return answer.MS
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// python runs one of this folder's scripts to its end.
func python(t testing.TB, name string, args ...string) {
	t.Helper()
	if said, err := script(t, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, strings.TrimSpace(string(said)))
	}
}
