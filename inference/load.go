package inference

import (
	"context"
	"time"

	"dermbox/appliance/worker"
)

// loadPatience bounds loading and self-test of a new worker. Loading alone may be silent for as long: up to 68 MiB go through the
// pipe and are hashed, and the library is read from the disk, which takes a busy box longer than the stall of a run.
const loadPatience = 60 * time.Second

// load gives a new worker the model and lets it answer the pack's golden vectors: only one that gives the known answers is
// handed out.
func (c *Client) load(ctx context.Context, p *worker.Process) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.Load)
	defer cancel()
	c.mu.Lock()
	c.engine, c.process, c.same = "", nil, sameness{}
	c.mu.Unlock()
	r := runner{c.o.Pack, p}
	p.SetStall(c.o.Load)
	engine, err := r.load(ctx)
	p.SetStall(c.o.Stall)
	if err != nil {
		return explainLoad(err)
	}
	if _, err := r.selfTest(ctx, engine); err != nil {
		return explainLoad(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passed(p, engine)
	return nil
}

func (c *Client) currentEngine() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.engine
}
