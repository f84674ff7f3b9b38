// Package engine is the inference worker's side of the pipe: it loads one model and runs it.
package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/graph"
	"dermbox/inference/tflite"
)

// Engine answers the requests of package inference. The library is opened at the first load, so that a missing one is the
// answer to a request and not a worker that dies. Safe for concurrent use: the model runs one picture at a time.
type Engine struct {
	path string
	pins []string

	mu      sync.Mutex
	lib     *tflite.Library
	model   *tflite.Interpreter
	outputs []int // indices of the outputs that are read: that of the labels, and that of the features if they were asked for
}

// New makes an Engine that will load the library at the absolute path, if its SHA-256 is one of the pins; without pins, whatever
// it is.
func New(path string, pins ...string) *Engine { return &Engine{path: path, pins: pins} }

// Handle answers one request; see the Request constants of package inference. Errors: inference.model_changed,
// inference.model_refused, inference.runtime_missing, inference.runtime_changed, inference.runtime_version, inference.tensor.
func (e *Engine) Handle(_ context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// With the lock: a model that spins must not get new time by those who wait for it.
	lift, err := worker.CPUBudget(budget(typ))
	if err != nil {
		return nil, nil, err
	}
	defer lift()
	switch typ {
	case inference.RequestLoad:
		var req inference.LoadRequest
		if err := json.Unmarshal(data, &req); err != nil {
			return nil, nil, fmt.Errorf("load request: %w", err)
		}
		reply, err := e.load(req, body)
		return reply, nil, err
	case inference.RequestRun:
		return e.run(body)
	}
	return nil, nil, fmt.Errorf("unknown request %q", typ)
}

// budget is the processor time of a request.
func budget(typ string) time.Duration {
	if typ == inference.RequestLoad {
		return inference.LoadCPU
	}
	return inference.RunCPU
}

func (e *Engine) load(req inference.LoadRequest, model []byte) (inference.LoadReply, error) {
	var none inference.LoadReply
	if e.model != nil {
		return none, refused(errors.New("a model is loaded already"))
	}
	sum := sha256.Sum256(model)
	if got := hex.EncodeToString(sum[:]); got != req.SHA256 {
		return none, appliance.E(appliance.Unverified, "inference.model_changed", fmt.Errorf("sha256 %s", got))
	}
	// Whoever asks: native code sees no file that plain Go can tell to be bad.
	if err := graph.Check(model, graph.Want{InputDims: req.InputDims, InputType: req.InputType, Outputs: req.Outputs, Features: req.Features}); err != nil {
		return none, err
	}
	if err := e.open(req.MinRuntime); err != nil {
		return none, err
	}
	it, err := e.lib.Load(model, tflite.Options{})
	if err != nil {
		return none, nativeRefusal(err)
	}
	outputs, err := fits(it, req)
	if err != nil {
		it.Close()
		return none, refused(err)
	}
	e.model, e.outputs = it, outputs
	return inference.LoadReply{Engine: it.Engine()}, nil
}

func (e *Engine) open(minVersion string) error {
	if e.lib == nil {
		lib, err := tflite.Open(e.path, e.pins...)
		if err != nil {
			return err
		}
		e.lib = lib
	}
	if !tflite.AtLeast(e.lib.Version(), minVersion) {
		return appliance.E(appliance.Unavailable, "inference.runtime_version", nil, "version", e.lib.Version(), "want", minVersion)
	}
	return nil
}

// fits checks the model's tensors against what the manifest says of them. Outputs are found by their sizes, because
// converters reorder them.
func fits(it *tflite.Interpreter, req inference.LoadRequest) (outputs []int, err error) {
	in := it.Inputs()
	if len(in) != 1 || in[0].DType != req.InputType || !slices.Equal(in[0].Dims, req.InputDims) {
		return nil, fmt.Errorf("inputs are %v, want one %s %v", in, req.InputType, req.InputDims)
	}
	wanted := []int{req.Outputs}
	if req.Features > 0 {
		wanted = append(wanted, req.Features)
	}
	for _, values := range wanted {
		output, err := outputOf(it, values)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output)
	}
	return outputs, nil
}

// outputOf finds the one output of so many values.
func outputOf(it *tflite.Interpreter, values int) (int, error) {
	found := -1
	for i, t := range it.Outputs() {
		if t.Size() != values {
			continue
		}
		if found >= 0 {
			return 0, fmt.Errorf("two outputs of %d values", values)
		}
		found = i
	}
	if found < 0 {
		return 0, fmt.Errorf("no output of %d values", values)
	}
	return found, nil
}

func (e *Engine) run(body []byte) (any, []byte, error) {
	if e.model == nil {
		return nil, nil, refused(errors.New("no model is loaded"))
	}
	values, err := inference.DecodeTensor(body)
	if err != nil {
		return nil, nil, appliance.E(appliance.Invalid, "inference.tensor", err)
	}
	began := time.Now()
	out, err := e.model.Run(values, e.outputs...)
	if err != nil {
		return nil, nil, appliance.E(appliance.Internal, "inference.tensor", err)
	}
	took := float64(time.Since(began).Microseconds()) / 1000
	return inference.RunReply{TookMS: took}, inference.EncodeTensor(out), nil
}

// Close frees the model and the library.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.model != nil {
		e.model.Close()
		e.model = nil
	}
	if e.lib != nil {
		e.lib.Close()
		e.lib = nil
	}
}

func refused(cause error) error {
	return appliance.E(appliance.Unverified, "inference.model_refused", cause)
}

// unresolved is how TFLite names an operator that it lacks, or lacks in that version.
var unresolved = regexp.MustCompile(`(?:Op builtin_code out of range: (\d+)|Didn't find op for builtin opcode '(\w+)'(?: version '(\d+)')?|Encountered unresolved custom op: (\w+))`)

// nativeRefusal gives what the native loader says of a model a sentence where there is one.
func nativeRefusal(err error) error {
	names := []string{}
	for _, m := range unresolved.FindAllStringSubmatch(err.Error(), -1) {
		name := m[1] + m[2] + m[4]
		if m[3] != "" {
			name += " version " + m[3]
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return refused(err)
	}
	return appliance.E(appliance.Unverified, "inference.model.newer", err, "operators", strings.Join(names, ", "))
}
