package inference

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// day is after how long a model that was never idle nor restarted answers its golden vectors again, on the clock's Mono.
const day = int64(24 * time.Hour)

// daily tests the model once a day, until ctx ends.
func (c *Client) daily(ctx context.Context) {
	tick := time.NewTicker(c.o.Look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if c.due() && c.beginTest(true) {
				_ = c.test(ctx) // it has said so itself, and State does
			}
		}
	}
}

// due says whether a day has passed since the last good self-test of the worker that is ready.
func (c *Client) due() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.engine != "" && c.o.Clock.Now().Mono-c.tested.Mono >= day
}

// beginTest holds back stills that come from now on; it is false when a test runs already, or, if alone is asked for, when a
// still is with the model.
func (c *Client) beginTest(alone bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.testing != nil || alone && c.busy > 0 {
		return false
	}
	c.testing = make(chan struct{})
	return true
}

// test has the worker answer the golden vectors, after beginTest. When it fails, the worker is ended and another one asked, and
// until that has passed there is no model. The error is why it failed.
func (c *Client) test(ctx context.Context) error {
	defer c.endTest()
	ctx, cancel := context.WithTimeout(ctx, c.o.Load)
	defer cancel()
	p, err := c.keeper.Get(ctx)
	if err != nil {
		return explain(err)
	}
	if _, err := (runner{c.o.Pack, p}).selfTest(ctx, c.currentEngine()); err != nil {
		return c.failTest(ctx, p, err)
	}
	c.passed(c.currentEngine())
	return nil
}

func (c *Client) failTest(ctx context.Context, p *worker.Process, cause error) error {
	if errors.Is(ctx.Err(), context.Canceled) || keyOf(cause) == worker.KeyClosed {
		return explain(cause) // the daemon stops
	}
	err := explainLoad(cause)
	c.mu.Lock()
	c.failed = err
	judged := c.judged
	c.o.doubts.add(c.period) // before anything can be answered again
	c.mu.Unlock()
	c.o.Log.Error("the model failed its self-test and is not used", slog.Any("error", err), slog.Int("stills_judged_since_last_good", judged))
	p.Fail(err)
	<-p.Done()
	return err
}

func (c *Client) endTest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.testing)
	c.testing = nil
}

// passed notes that a worker answered the golden vectors rightly, with which a new period begins.
func (c *Client) passed(engine string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.engine, c.failed, c.judged, c.tested = engine, nil, 0, c.o.Clock.Now()
	c.period = appliance.NewID()
}

// enter waits until no self-test runs, and counts a still that goes to the model; leave counts it off.
func (c *Client) enter(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.testing == nil {
			c.busy++
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		if err := c.awaitTest(ctx); err != nil {
			return err
		}
	}
}

// awaitTest waits until no self-test runs, or ctx ends.
func (c *Client) awaitTest(ctx context.Context) error {
	c.mu.Lock()
	testing := c.testing
	c.mu.Unlock()
	if testing == nil {
		return nil
	}
	select {
	case <-testing:
		return nil
	case <-ctx.Done():
		return appliance.E(appliance.Unavailable, "inference.not_ready", ctx.Err())
	}
}

func (c *Client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

// trust tests the model before an answer is used, if the model has given the same one to too many different inputs.
func (c *Client) trust(ctx context.Context, tensor []byte, answer []float64) error {
	c.mu.Lock()
	suspect := c.same.note(tensor, answer)
	c.mu.Unlock()
	if !suspect {
		return nil
	}
	if !c.beginTest(false) { // another still had it begun
		if err := c.awaitTest(ctx); err != nil {
			return err
		}
		return c.refusal()
	}
	c.o.Log.Warn("the model answered different pictures with the same; it is tested", slog.Int("pictures", suspicious))
	// Not with the caller's patience: a test that is broken off says nothing. The worker's stall bounds it.
	if err := c.test(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.same.vouch()
	return nil
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
