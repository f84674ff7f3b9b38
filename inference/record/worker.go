package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// patience bounds the loading of a model, and stall the silence of a worker that owes an answer.
const (
	patience = time.Minute
	stall    = time.Minute
)

// WorkerOptions say which worker runs which model.
type WorkerOptions struct {
	Path   string   // the executable dermbox-inference
	TFLite string   // absolute path of the TensorFlow Lite library
	Pins   []string // SHA-256 in hex that the library may have
	Log    *slog.Logger
}

// Worker is a Model in an inference worker of its own: the same program as on a box, so that the tool itself links no engine.
type Worker struct{ process *worker.Process }

// StartWorker starts a worker and gives it the model. Close it after use. Errors are those of worker.Start, and the worker's own:
// see package inference/engine.
func StartWorker(ctx context.Context, o WorkerOptions, m *pack.Manifest, model []byte) (*Worker, error) {
	args := []string{"worker", "--tflite", o.TFLite}
	for _, pin := range o.Pins {
		args = append(args, "--tflite-sha256", pin)
	}
	p, err := worker.Start(ctx, worker.Spec{
		Name: "inference", Path: o.Path, Args: args, MaxBody: inference.MaxBody, Stall: stall, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := p.Call(ctx, inference.RequestLoad, LoadRequest(m, model), model, nil); err != nil {
		_ = p.Close() // the error of the call says more
		return nil, err
	}
	return &Worker{p}, nil
}

// LoadRequest is what the manifest says of a model that is not in a pack yet.
func LoadRequest(m *pack.Manifest, model []byte) inference.LoadRequest {
	sum := sha256.Sum256(model)
	return inference.LoadRequest{
		SHA256: hex.EncodeToString(sum[:]), InputDims: m.Input.Dims(), InputType: m.Input.DType,
		Outputs: len(m.Output.Labels), Features: m.FeatureCount(), MinRuntime: m.MinRuntime,
	}
}

// Run runs the model on one input tensor.
func (w *Worker) Run(ctx context.Context, tensor []float32) ([]float32, error) {
	body, err := w.process.Call(ctx, inference.RequestRun, nil, inference.EncodeTensor(tensor), nil)
	if err != nil {
		return nil, err
	}
	return inference.DecodeTensor(body)
}

// Close ends the worker.
func (w *Worker) Close() error { return w.process.Close() }
