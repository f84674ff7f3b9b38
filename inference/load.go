package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference/pack"
)

// loadPatience bounds loading and self-test of a new worker. Loading alone may be silent for as long: up to 68 MiB go through the
// pipe and are hashed, and the library is read from the disk, which takes a busy box longer than the stall of a run.
const loadPatience = 60 * time.Second

// load gives a new worker the model and lets it answer the pack's golden vectors: only one that gives the known answers is
// handed out.
func (c *Client) load(ctx context.Context, p *worker.Process) error {
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	c.setEngine("")
	m := &c.o.Pack.Manifest
	var reply LoadReply
	p.SetStall(loadPatience)
	_, err := p.Call(ctx, RequestLoad, LoadRequest{
		SHA256: c.o.Pack.ModelSHA256(), InputDims: m.Input.Dims(), InputType: m.Input.DType,
		Outputs: len(m.Output.Labels), MinRuntime: m.MinRuntime,
	}, c.o.Pack.Model, &reply)
	p.SetStall(c.o.Stall)
	if err != nil {
		return c.explain(err)
	}
	for i, vector := range c.o.Pack.Golden.Vectors {
		got, err := c.run(ctx, p, goldenTensor(c.o.Pack, i))
		if err != nil {
			return c.explain(err)
		}
		if err := matches(m, vector, got); err != nil {
			return appliance.E(appliance.Unverified, "inference.golden_mismatch", err, "model", m.ID, "vector", vector.Name,
				"engine", reply.Engine)
		}
	}
	c.setEngine(reply.Engine)
	return nil
}

// goldenTensor makes the input of a golden vector, whose picture has the input's size already.
func goldenTensor(p *pack.Pack, i int) []float32 {
	bytes := p.Golden.Picture(i)
	picture := make([]uint32, len(bytes))
	for j, b := range bytes {
		picture[j] = uint32(b) << 16
	}
	return p.Manifest.Input.Normalise(picture)
}

// matches compares an answer with the known one: within the manifest's tolerance, and with the same labels over their
// thresholds.
func matches(m *pack.Manifest, want pack.Vector, got []float64) error {
	over := []string{}
	for i, label := range m.Output.Labels {
		if d := math.Abs(got[i] - want.Probabilities[i]); d > m.Tolerance {
			return fmt.Errorf("%s is %v, want %v", label, got[i], want.Probabilities[i])
		}
		if got[i] >= m.Output.Classes[label].Threshold {
			over = append(over, label)
		}
	}
	slices.Sort(over)
	if !slices.Equal(over, want.Over) {
		return fmt.Errorf("labels %v are over their thresholds, want %v", over, want.Over)
	}
	return nil
}

func (c *Client) setEngine(engine string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engine = engine
}

func (c *Client) currentEngine() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.engine
}
