package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// program starts the real worker as the daemon does, without a model.
func program(b *testing.B) *worker.Process {
	b.Helper()
	folder := os.Getenv("DERMBOX_BIN")
	if folder == "" {
		folder, _ = filepath.Abs("../../build/bin")
	}
	path := filepath.Join(folder, "dermbox-inference")
	if _, err := os.Stat(path); err != nil {
		b.Skipf("no program: %v (make build makes it, or set DERMBOX_BIN)", err)
	}
	args := []string{"worker", "--tflite", libraryPath(b)}
	for _, pin := range inference.LibraryPins() {
		args = append(args, "--tflite-sha256", pin)
	}
	w, err := worker.Start(context.Background(), worker.Spec{Name: "inference", Path: path, Args: args, MaxBody: inference.MaxBody})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	return w
}

func load(b *testing.B, w *worker.Process, p *pack.Pack) {
	b.Helper()
	if _, err := w.Call(context.Background(), inference.RequestLoad, request(p), p.Model, nil); err != nil {
		b.Fatal(err)
	}
}

// runKnown runs one of the pack's known pictures.
func runKnown(b *testing.B, w *worker.Process, p *pack.Pack, vector int) {
	b.Helper()
	picture := make([]uint32, p.Manifest.Input.Size())
	for j, v := range p.Golden.Picture(vector) {
		picture[j] = uint32(v) << 16
	}
	raw, err := w.Call(context.Background(), inference.RequestRun, nil, inference.EncodeTensor(p.Manifest.Input.Normalise(picture)), nil)
	if err != nil || len(raw) != 4*len(p.Manifest.Output.Labels) {
		b.Fatalf("%d bytes, %v", len(raw), err)
	}
}

// BenchmarkRecordFirstAnswer measures from the start of the worker's process to the first answer of the shipped model: start,
// library with its checksum, model, one run. The self-test of all known answers, which the clinic waits for too, comes on top and is
// shown apart.
func BenchmarkRecordFirstAnswer(b *testing.B) {
	p := simulation(b)
	var first, tested []float64
	for b.Loop() {
		if len(first) == 50 {
			continue // further starts say nothing new
		}
		began := time.Now()
		w := program(b)
		load(b, w, p)
		runKnown(b, w, p, 0)
		first = append(first, milliseconds(began))
		for i := 1; i < len(p.Golden.Vectors); i++ {
			runKnown(b, w, p, i)
		}
		tested = append(tested, milliseconds(began))
		w.Close()
	}
	b.ReportMetric(quantile(first, 50), "inference.first_answer:ms")
	b.ReportMetric(300, "inference.first_answer:ms:goal")
	b.ReportMetric(quantile(first, 95), "ms-p95")
	b.ReportMetric(quantile(tested, 50), "ms-p50-self-test-too")
}

// flat is how many MiB a worker may have more after 10,000 runs than after 1,000: the Go heap's own coming and going.
const flat = 2

// BenchmarkRecordMemory measures the worker's memory after 100 runs of the shipped model, and fails when it grows in 10,000. It
// does so once, whatever the bench time.
func BenchmarkRecordMemory(b *testing.B) {
	p := simulation(b)
	var after map[int]float64
	var most float64
	for b.Loop() {
		if after == nil {
			after, most = memoryOfRuns(b, p)
		}
	}
	b.Logf("MiB after so many runs: %v; at most %.1f", after, most)
	growth := after[10_000] - after[1000]
	if growth > flat {
		b.Errorf("the worker grew by %.1f MiB from 1,000 to 10,000 runs, may by %d", growth, flat)
	}
	b.ReportMetric(after[100], "inference.worker_rss:MiB")
	b.ReportMetric(80, "inference.worker_rss:MiB:goal")
	b.ReportMetric(most, "MiB-most")
	b.ReportMetric(growth, "MiB-grown-1000-to-10000")
}

// memoryOfRuns gives a new worker's memory after so many of 10,000 runs, and the most that it ever had.
func memoryOfRuns(b *testing.B, p *pack.Pack) (after map[int]float64, most float64) {
	b.Helper()
	w := program(b)
	load(b, w, p)
	after = map[int]float64{}
	for n := 1; n <= 10_000; n++ {
		runKnown(b, w, p, n%len(p.Golden.Vectors))
		if n == 100 || n%1000 == 0 {
			after[n] = memory(b, w.Pid(), "VmRSS")
		}
	}
	return after, memory(b, w.Pid(), "VmHWM")
}

// memory reads one line of /proc/PID/status in MiB.
func memory(b *testing.B, pid int, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if rest, found := strings.CutPrefix(line, name+":"); found {
			if _, err := fmt.Sscanf(rest, "%f kB", &kib); err != nil {
				b.Fatalf("%s: %v", line, err)
			}
			return kib / 1024
		}
	}
	b.Fatalf("no %s", name)
	return 0
}
