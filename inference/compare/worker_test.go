package compare_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/tflite"
)

// BenchmarkRecordLargeOverhead measures what the worker costs where a picture has 224x224 pixels, as most networks take them: five
// times what goes through the pipe for the shipped model. See inference/engine for that one.
func BenchmarkRecordLargeOverhead(b *testing.B) {
	model, err := os.ReadFile(ownModels(b)[mobilenet])
	must(b, err)
	library := libraries(b)[shippedLibrary]
	bare, err := open(b, library).Load(model, tflite.Options{})
	must(b, err)
	b.Cleanup(bare.Close)
	w := startWorker(b, library, model, bare.Inputs()[0].Dims, bare.Outputs()[0].Size())
	values, _ := input(bare.Inputs()[0], 0)
	var through, alone []float64
	turn := func() {
		began := time.Now()
		_, err := w.Call(context.Background(), inference.RequestRun, nil, inference.EncodeTensor(values), nil)
		must(b, err)
		between := time.Now()
		_, err = bare.Run(values, 0)
		must(b, err)
		through = append(through, 1000*between.Sub(began).Seconds())
		alone = append(alone, 1000*time.Since(between).Seconds())
	}
	for b.Loop() {
		turn()
	}
	for len(through) < inARow*fewestRounds {
		turn()
	}
	b.ReportMetric(quantile(through, 50)-quantile(alone, 50), "inference.worker_overhead_p50_224px:ms")
	b.ReportMetric(0.5, "inference.worker_overhead_p50_224px:ms:goal")
	b.ReportMetric(quantile(through, 25)-quantile(alone, 25), "ms-p25")
	b.ReportMetric(quantile(through, 95)-quantile(alone, 95), "ms-p95")
	b.ReportMetric(quantile(alone, 50), "ms-bare-p50")
}

// startWorker starts the real worker with a model of one float input and one output.
func startWorker(b *testing.B, library string, model []byte, dims []int, outputs int) *worker.Process {
	b.Helper()
	folder := os.Getenv("DERMBOX_BIN")
	if folder == "" {
		folder = filepath.Join(root(), "build/bin")
	}
	path := filepath.Join(folder, "dermbox-inference")
	if _, err := os.Stat(path); err != nil {
		b.Skipf("no program: %v (make build makes it, or set DERMBOX_BIN)", err)
	}
	w, err := worker.Start(context.Background(), worker.Spec{
		Name: "inference", Path: path, Args: []string{"worker", "--tflite", library}, MaxBody: inference.MaxBody,
	})
	must(b, err)
	b.Cleanup(func() { w.Close() })
	sum := sha256.Sum256(model)
	_, err = w.Call(context.Background(), inference.RequestLoad, inference.LoadRequest{
		SHA256: hex.EncodeToString(sum[:]), InputDims: dims, InputType: "float32", Outputs: outputs, MinRuntime: tflite.MinVersion,
	}, model, nil)
	must(b, err)
	return w
}
