package engine_test

import (
	"context"
	"testing"
	"time"

	"dermbox/inference"
	"dermbox/inference/tflite"
)

// fewest is how often a quantile is measured at least, whatever the bench time.
const fewest = 500

// BenchmarkRecordOverhead measures what the worker costs: from values to answer through the pipe, with all that the client does to
// send and read them, less the interpreter's own time for the same values in this process, in turns.
func BenchmarkRecordOverhead(b *testing.B) {
	p, ctx := simulation(b), context.Background()
	w := loaded(b, p)
	bare := interpreter(b, p.Model)
	values := make([]float32, p.Manifest.Input.Size())
	var through, alone []float64
	turn := func() {
		began := time.Now()
		raw, err := w.Call(ctx, inference.RequestRun, nil, inference.EncodeTensor(values), nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := inference.DecodeTensor(raw); err != nil {
			b.Fatal(err)
		}
		through = append(through, milliseconds(began))
		began = time.Now()
		if _, err := bare.Run(values, 0); err != nil {
			b.Fatal(err)
		}
		alone = append(alone, milliseconds(began))
	}
	for b.Loop() {
		turn()
	}
	for len(through) < fewest {
		turn()
	}
	b.ReportMetric(quantile(through, 50)-quantile(alone, 50), "inference.worker_overhead_p50:ms")
	b.ReportMetric(0.5, "inference.worker_overhead_p50:ms:goal")
	b.ReportMetric(quantile(through, 95)-quantile(alone, 95), "inference.worker_overhead_p95:ms")
	b.ReportMetric(quantile(through, 50), "ms-through-p50")
	b.ReportMetric(quantile(through, 95), "ms-through-p95")
	b.ReportMetric(quantile(alone, 50), "ms-bare-p50")
	b.ReportMetric(quantile(alone, 95), "ms-bare-p95")
}

// interpreter loads the model in this process.
func interpreter(b *testing.B, model []byte) *tflite.Interpreter {
	b.Helper()
	lib, err := tflite.Open(libraryPath(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(lib.Close)
	it, err := lib.Load(model, tflite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(it.Close)
	return it
}

// milliseconds gives the time since then.
func milliseconds(began time.Time) float64 { return float64(time.Since(began).Nanoseconds()) / 1e6 }
