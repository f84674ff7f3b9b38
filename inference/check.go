package inference

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// check is a self-test of one worker while it is in use. It belongs to the Client's Serve and not to the still that asked for it:
// a still waits only as long as its own context lets it.
type check struct {
	p       *worker.Process // that answers the golden vectors
	period  string          // that it ends
	suspect *Answer         // the answer that made it needed; nil: it was due
	done    chan struct{}   // closed when it is over
	err     error           // why it was not passed, or was broken off; read after done
}

// wait waits until the check is over or ctx ends, and gives why the worker cannot be trusted.
func (k *check) wait(ctx context.Context) error {
	select {
	case <-k.done:
		return k.err
	case <-ctx.Done():
		return notReady(ctx.Err())
	}
}

func notReady(cause error) error {
	return appliance.E(appliance.Unavailable, "inference.not_ready", cause)
}

// errBroken stands for a check that came to no verdict.
var errBroken = errors.New("the self-test was broken off")

// begin starts a check, which holds back stills that come from now on, or gives the one that runs. When alone is asked for, none
// is started while a still is with the model. It is nil when none was started.
func (c *Client) begin(p *worker.Process, suspect *Answer, alone bool) *check {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.testing != nil:
		return c.testing
	case c.serving == nil, alone && c.busy > 0, p != c.process, p.Err() != nil:
		return nil
	}
	k := &check{p: p, period: c.period, suspect: suspect, done: make(chan struct{}), err: notReady(errBroken)}
	c.testing = k
	ctx := c.serving
	c.spawn(c.breakUp, func() { c.check(ctx, k) })
	return k
}

// check performs a check and ends it, whatever becomes of it.
func (c *Client) check(ctx context.Context, k *check) {
	defer c.end(k)
	over := false
	defer func() {
		if !over { // it panicked, and nobody knows whether the answers of this period are right
			c.o.doubts.add(k.period)
		}
	}()
	c.perform(ctx, k)
	over = true
}

// perform has the worker answer the golden vectors. When it fails, the worker is ended and another one asked, and until that has
// passed there is no model.
func (c *Client) perform(ctx context.Context, k *check) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Load)
	defer cancel()
	engine := c.currentEngine()
	if _, err := (runner{c.o.Pack, k.p}).selfTest(ctx, engine); err != nil {
		k.err = c.failTest(ctx, k, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != k.p {
		return // it has ended since
	}
	k.err = nil
	if k.suspect != nil {
		c.same.vouch(*k.suspect)
	}
	c.passed(k.p, engine)
}

func (c *Client) end(k *check) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(k.done)
	c.testing = nil
}

func (c *Client) failTest(ctx context.Context, k *check, cause error) error {
	if errors.Is(ctx.Err(), context.Canceled) || keyOf(cause) == worker.KeyClosed {
		return notReady(errors.Join(errBroken, cause)) // the service stops
	}
	err := explainLoad(cause)
	judged := c.noteFailure(k, err)
	c.o.Log.Error("the model failed its self-test and is not used", slog.Any("error", err), slog.Int("stills_judged_since_last_good", judged))
	k.p.Fail(err)
	<-k.p.Done()
	return err
}

// noteFailure notes why a check was failed, and gives how many stills were judged since the last good one.
func (c *Client) noteFailure(k *check, err error) (judged int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == k.p || c.process == nil {
		c.failed = err
	}
	c.o.doubts.add(k.period) // before anything can be answered again
	doubtful := c.same.answers()
	if k.suspect != nil {
		doubtful = append(doubtful, k.suspect.parts()...)
	}
	c.stuck.failed(c.o.Pack.Manifest.ID, err, doubtful...)
	return c.judged
}

// trust tests the model before an answer is used, if the model has given the same one to too many different inputs, or had given
// it when it failed a self-test.
func (c *Client) trust(ctx context.Context, p *worker.Process, tensor []byte, answer Answer) error {
	suspect, remembered := c.suspects(tensor, answer)
	if !suspect && !remembered {
		return nil
	}
	k := c.begin(p, &answer, false)
	if k == nil {
		return notReady(errors.Join(errBroken, p.Err()))
	}
	c.o.Log.Warn("the model answered different pictures with the same; it is tested", slog.Bool("had_failed_with_it", remembered))
	if err := k.wait(ctx); err != nil {
		return err
	}
	if k.p != p {
		return notReady(errBroken) // another worker was tested, and not the one that answered
	}
	return nil
}

// suspects says whether an answer makes a test necessary, because the model gave it too often or had given it before it failed.
func (c *Client) suspects(tensor []byte, answer Answer) (often, remembered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.same.note(tensor, answer), slices.ContainsFunc(answer.parts(), c.stuck.has)
}

// daily tests the model once a day, until ctx ends.
func (c *Client) daily(ctx context.Context) {
	tick := time.NewTicker(c.o.Look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if p := c.due(); p != nil {
				if k := c.begin(p, nil, true); k != nil {
					_ = k.wait(ctx) // it has said so itself, and State does
				}
			}
		}
	}
}

// due gives the worker that is ready if a day has passed since its last good self-test, else nil.
func (c *Client) due() *worker.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.engine == "" || c.o.Clock.Now().Mono-c.tested.Mono < day {
		return nil
	}
	return c.process
}
