package inference

import (
	"context"
	"errors"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// day is after how long a model that was never idle nor restarted answers its golden vectors again, on the clock's Mono.
const day = int64(24 * time.Hour)

// passed notes that a worker answered the golden vectors rightly, with which a new period begins. The caller holds the lock.
func (c *Client) passed(p *worker.Process, engine string) {
	c.process = p
	c.engine, c.failed, c.judged, c.tested = engine, nil, 0, c.o.Clock.Now()
	c.period = appliance.NewID()
}

// enter waits until no self-test runs, and counts a still that goes to the model; leave counts it off. How the self-test went is
// seen by who asks for refusal afterwards.
func (c *Client) enter(ctx context.Context) error {
	for {
		c.mu.Lock()
		running := c.testing
		if running == nil {
			c.busy++
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		select {
		case <-running.done:
		case <-ctx.Done():
			return notReady(ctx.Err())
		}
	}
}

func (c *Client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

// note keeps how the last answer went, for health.
func (c *Client) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.judged++
		c.trouble = nil
		return
	}
	c.trouble, _ = errors.AsType[*appliance.Error](err)
}
