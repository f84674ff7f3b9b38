package inference

import (
	"context"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference/pack"
)

// Desk is a Classifier that can change its model while it works. At every moment one Client is in force, or none; each still is
// judged by one of them whole. It is safe for concurrent use.
type Desk struct {
	o ClientOptions // of every Client, without pack

	switching chan struct{} // holds one token: who has it may change the model

	mu      sync.Mutex
	inForce *seat
	serving context.Context // of Serve; nil while it is not running
	breakUp func(error)     // ends Serve with an error
	running sync.WaitGroup  // the seats that Serve must wait for
}

// seat is a Client with the goroutine that runs it and the stills that it has.
type seat struct {
	client *Client
	stop   context.CancelFunc // nil: it was never run
	gone   chan struct{}      // closed when its worker is gone
	err    error              // why it ended without being stopped; under the Desk's lock until it is gone
	stills int                // that it has; under the Desk's lock
	idle   chan struct{}      // closed when it has none; nil while nobody waits for that
}

// NewDesk makes a Desk with the pack of the options in force, or with none, and Refused to say why.
func NewDesk(o ClientOptions) *Desk {
	o.doubts = &doubts{}
	d := &Desk{o: o, switching: make(chan struct{}, 1)}
	d.inForce = d.seat(o.Pack, o.Refused)
	d.o.Pack, d.o.Refused = nil, nil
	return d
}

func (d *Desk) seat(p *pack.Pack, refused error) *seat {
	o := d.o
	o.Pack, o.Refused = p, refused
	return &seat{client: NewClient(o), gone: make(chan struct{})}
}

// Serve runs the worker of the model in force until ctx ends, and returns ctx's error when all workers are gone. It returns earlier, and
// with another error, when the model in force cannot be kept running because of a panic; called again it begins with a new worker.
func (d *Desk) Serve(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	d.mu.Lock()
	d.serving, d.breakUp = ctx, end
	d.renew()
	d.start(ctx, d.inForce)
	d.mu.Unlock()
	<-ctx.Done()
	d.mu.Lock()
	d.serving, d.breakUp = nil, nil
	d.mu.Unlock()
	d.running.Wait()
	d.mu.Lock()
	d.renew()
	d.mu.Unlock()
	return context.Cause(ctx)
}

// renew makes the seat in force anew if it was run before: a seat is run once. The caller holds the lock.
func (d *Desk) renew() {
	if before := d.inForce.client; d.inForce.stop != nil {
		d.inForce = d.seat(before.o.Pack, before.o.Refused)
		d.inForce.client.stuck = before.stuck // nobody has activated the model again
	}
}

// start runs a seat's worker. The caller holds the lock.
func (d *Desk) start(ctx context.Context, s *seat) {
	ctx, s.stop = context.WithCancel(ctx)
	d.running.Go(func() {
		defer close(s.gone)
		if err := s.client.Serve(ctx); ctx.Err() == nil {
			d.failed(s, err)
		}
	})
}

// failed notes that a seat ended without being stopped. When it is the one in force, Serve ends with the reason; one that is only
// tried is its Switch's to tell.
func (d *Desk) failed(s *seat, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.err = err
	if d.inForce == s && d.breakUp != nil {
		d.breakUp(err)
	}
}

// drain is how long the model that was replaced may finish what it has; a visit waits no longer for it either.
const drain = 20 * time.Second

// Switch brings a pack in force: it starts a worker for it, waits until that gave its known answers, calls commit, which makes the
// change durable, and has the new model judge from then on. The one before finishes the stills that it has and is stopped. While
// Switch waits, and whenever it fails, the one before goes on judging. The error is the new model's, ctx's or that of commit, which
// may be nil. It waits for Serve to be running too: Unavailable inference.not_ready when ctx ends before. Commit is told the engine
// that runs the model.
func (d *Desk) Switch(ctx context.Context, p *pack.Pack, commit func(engine string) error) error {
	if err := d.turn(ctx); err != nil {
		return err
	}
	defer func() { <-d.switching }()
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	next := d.seat(p, nil)
	if err := d.try(ctx, next); err != nil {
		return err
	}
	if commit != nil {
		if err := commit(next.client.currentEngine()); err != nil {
			d.retire(next)
			return err
		}
	}
	d.retire(d.exchange(next))
	return nil
}

func (d *Desk) turn(ctx context.Context) error {
	select {
	case d.switching <- struct{}{}:
		return nil
	case <-ctx.Done():
		return appliance.E(appliance.Unavailable, "inference.not_ready", ctx.Err())
	}
}

// try runs a seat that is not in force yet until its worker is ready; one that fails is gone when it returns.
func (d *Desk) try(ctx context.Context, s *seat) error {
	serving, err := d.run(ctx, s)
	if err != nil {
		return err
	}
	if err := s.firstReady(ctx, serving); err != nil {
		d.retire(s)
		return err
	}
	return nil
}

// run starts a seat as soon as the Desk is served, and gives the context of that.
func (d *Desk) run(ctx context.Context, s *seat) (serving context.Context, err error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		d.mu.Lock()
		if serving = d.serving; serving != nil {
			d.start(serving, s)
		}
		d.mu.Unlock()
		if serving != nil {
			return serving, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, appliance.E(appliance.Unavailable, "inference.not_ready", ctx.Err())
		}
	}
}

// exchange puts a seat in force and gives the one before.
func (d *Desk) exchange(next *seat) *seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.inForce
	d.inForce = next
	if next.err != nil && d.breakUp != nil { // it ended since it was ready
		d.breakUp(next.err)
	}
	return before
}

// retire lets a seat that is not in force any more finish its stills, and stops its worker.
func (d *Desk) retire(s *seat) {
	d.mu.Lock()
	idle := make(chan struct{})
	if s.stills == 0 {
		close(idle)
	} else {
		s.idle = idle
	}
	stop := s.stop
	d.mu.Unlock()
	if stop == nil {
		return
	}
	limit := time.NewTimer(drain)
	defer limit.Stop()
	select {
	case <-idle:
	case <-limit.C:
	case <-s.gone:
	}
	stop()
	<-s.gone
}

// Withdraw takes the model out of force: from now on every still is refused with the reason. It waits until its worker is gone.
func (d *Desk) Withdraw(ctx context.Context, reason error) error { return d.Restore(ctx, nil, reason) }

// Restore puts in force what the records say, as NewDesk does: a pack, whose worker is waited for by none, or none and the reason. It
// waits until the worker of the model before is gone.
func (d *Desk) Restore(ctx context.Context, p *pack.Pack, refused error) error {
	if err := d.turn(ctx); err != nil {
		return err
	}
	defer func() { <-d.switching }()
	next := d.seat(p, refused)
	d.mu.Lock()
	before := d.inForce
	if d.serving != nil {
		d.start(d.serving, next)
	}
	d.inForce = next
	d.mu.Unlock()
	d.retire(before)
	return nil
}

// take gives the seat in force for one still; the caller gives it back when it has its answer.
func (d *Desk) take() *seat {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inForce.stills++
	return d.inForce
}

func (d *Desk) giveBack(s *seat) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.stills--
	if s.stills == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// Assess implements Classifier with the model in force.
func (d *Desk) Assess(ctx context.Context, in Input) (Scores, error) {
	scores, _, err := d.Judge(ctx, in)
	return scores, err
}

// Judge is Assess, and gives the manifest of the very pack that answered, for Interpret. It must not be changed.
func (d *Desk) Judge(ctx context.Context, in Input) (Scores, *pack.Manifest, error) {
	s := d.take()
	defer d.giveBack(s)
	scores, err := s.client.Assess(ctx, in)
	return scores, s.client.Manifest(), err
}

// Client gives the client in force, to ask how its model stands; it may be replaced at any time.
func (d *Desk) Client() *Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inForce.client
}

// Refused says why no model is in force, nil where one is.
func (c *Client) Refused() error {
	if c.o.Pack != nil {
		return nil
	}
	return c.usable()
}

// firstReady waits until the first worker is ready. It does not wait for a second one: a pack whose worker fails at once is not
// brought in force. Served ends with the Desk.
func (s *seat) firstReady(ctx, served context.Context) error {
	if err := s.client.usable(); err != nil { // no worker is started for it
		return err
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		k := s.client.keeper.State()
		switch {
		case k.Phase == worker.Ready:
			return nil
		case k.Err != nil:
			return explain(k.Err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return appliance.E(appliance.Unavailable, "inference.not_ready", ctx.Err())
		case <-s.gone:
			if s.err != nil {
				return explain(s.err)
			}
			return notReady(served.Err())
		case <-served.Done():
			return notReady(served.Err())
		}
	}
}
