package inference

import (
	"context"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// Bench is how fast a model judges on this machine, through the worker as in the clinic.
type Bench struct {
	Model  appliance.ModelRef `json:"model"`
	N      int                `json:"n"`
	P50MS  float64            `json:"p50_ms"` // of a tensor through the worker and back
	P95MS  float64            `json:"p95_ms"`
	RunP50 float64            `json:"run_p50_ms"` // of the model alone, by the worker's own clock
	LoadMS float64            `json:"load_ms"`    // from starting the worker until it had given its known answers
	RSS    int64              `json:"rss"`        // of the worker, in bytes, after the runs
}

// benchPatience bounds a bench beside loading.
const benchPatience = 5 * time.Minute

// RunBench has a worker of its own judge the pack's golden vectors n times in turn. Errors are those of Try.
func RunBench(ctx context.Context, o ClientOptions, n int) (Bench, error) {
	o = o.withDefaults()
	if o.Pack == nil {
		return Bench{}, appliance.E(appliance.NotFound, "inference.no_model", o.Refused)
	}
	if err := Fits(&o.Pack.Manifest, o.Pack.Model); err != nil {
		return Bench{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Load+benchPatience)
	defer cancel()
	began := time.Now()
	p, err := worker.Start(ctx, o.spec())
	if err != nil {
		return Bench{}, explain(err)
	}
	defer func() { _ = p.Close() }() // always nil
	r := runner{o.Pack, p}
	p.SetStall(o.Load)
	engine, err := r.load(ctx)
	p.SetStall(o.Stall)
	if err == nil {
		_, err = r.selfTest(ctx, engine)
	}
	b := Bench{Model: o.Pack.Ref(engine), N: n, LoadMS: milliseconds(time.Since(began))}
	if err == nil {
		err = r.time(ctx, &b)
	}
	return b, explain(err)
}

// time runs the model and takes its measure.
func (r runner) time(ctx context.Context, b *Bench) error {
	whole, alone := make([]float64, b.N), make([]float64, b.N)
	for i := range b.N {
		tensor := EncodeTensor(goldenTensor(r.pack, i%len(r.pack.Golden.Vectors)))
		began := time.Now()
		_, took, err := r.run(ctx, tensor)
		if err != nil {
			return err
		}
		whole[i], alone[i] = milliseconds(time.Since(began)), took
	}
	slices.Sort(whole)
	slices.Sort(alone)
	b.P50MS, b.P95MS, b.RunP50 = whole[b.N/2], whole[min(b.N-1, b.N*95/100)], alone[b.N/2]
	var err error
	b.RSS, err = resident(r.p.Pid())
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
