package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/pack"
)

// BenchmarkBareEngine runs the model in this process: what the other two are measured against.
func BenchmarkBareEngine(b *testing.B) {
	p := simulation(b)
	e := engine.New(libraryPath(b))
	defer e.Close()
	if _, _, err := handle(e, inference.RequestLoad, request(p), p.Model); err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 4*p.Manifest.Input.Size())
	for b.Loop() {
		if _, _, err := handle(e, inference.RequestRun, nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

// loaded is a worker process with the model.
func loaded(b *testing.B, p *pack.Pack) *worker.Process {
	b.Helper()
	ctx := context.Background()
	w, err := worker.Start(ctx, worker.Spec{Name: "inference", Path: "/proc/self/exe", Env: []string{envChild + "=" + libraryPath(b)}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.Close() })
	if _, err := w.Call(ctx, inference.RequestLoad, request(p), p.Model, nil); err != nil {
		b.Fatal(err)
	}
	return w
}

// BenchmarkThroughWorker runs the model in a worker process.
func BenchmarkThroughWorker(b *testing.B) {
	p, ctx := simulation(b), context.Background()
	w := loaded(b, p)
	body := make([]byte, 4*p.Manifest.Input.Size())
	for b.Loop() {
		if _, err := w.Call(ctx, inference.RequestRun, nil, body, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAssess1080p is what the appliance does with a still: decode, prepare, worker, check.
func BenchmarkAssess1080p(b *testing.B) {
	p := simulation(b)
	c := client(b, p)
	in := inference.Input{JPEG: still(make([]byte, 1920*1080*3), 1920, 1080), Optics: p.Manifest.Optics[0].ID}
	ctx := context.Background()
	if _, err := c.Assess(ctx, in); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Assess(ctx, in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecordInference measures one inference through the worker and in this process, in turns, and records medians.
func BenchmarkRecordInference(b *testing.B) {
	p, ctx := simulation(b), context.Background()
	e := engine.New(libraryPath(b))
	defer e.Close()
	if _, _, err := handle(e, inference.RequestLoad, request(p), p.Model); err != nil {
		b.Fatal(err)
	}
	w := loaded(b, p)
	body := make([]byte, 4*p.Manifest.Input.Size())
	var through, bare []float64
	for b.Loop() {
		began := time.Now()
		if _, err := w.Call(ctx, inference.RequestRun, nil, body, nil); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if _, _, err := handle(e, inference.RequestRun, nil, body); err != nil {
			b.Fatal(err)
		}
		through = append(through, between.Sub(began).Seconds()*1000)
		bare = append(bare, time.Since(between).Seconds()*1000)
	}
	b.ReportMetric(median(through), "inference.through_worker:ms")
	b.ReportMetric(median(bare), "inference.through_worker:ms:bare_engine")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
