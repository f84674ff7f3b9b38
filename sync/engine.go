package trustsync

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/wire"
)

// Identity is who the device is in its manifests.
type Identity struct {
	Trust, Site, Device string
	Epoch               string // of the store whose batches are sent
}

// Deps are what an engine works with. Waiting and Held may be nil.
type Deps struct {
	Store     Outbox
	Blobs     Blobs
	Transport Transport
	Signer    signed.Signer // the device's own key
	Keys      signed.Keys   // who may sign receipts
	Clock     appliance.Clock
	Log       *slog.Logger
	Identity  Identity
	Kick      <-chan struct{} // new work in the outbox; nil where Wake is called instead
	Waiting   func(context.Context) (int, error)
	Pace      Pace // zero for the defaults

	// Held gives the cases of a trust that the device has receipts for.
	Held func(ctx context.Context, trust string) ([]wire.ReconcileCase, error)
}

// Engine sends what waits. One Serve runs at a time; the other methods are safe at any time.
type Engine struct {
	d         Deps
	log       *slog.Logger
	kick      chan struct{} // a person, or the network, says: now
	work      chan struct{} // something new is in the outbox
	pacer     *pacer        // of sending; Serve's alone
	comparer  *pacer        // of comparing, which is in no hurry; Serve's alone
	recompare time.Time     // not before then after a comparison that failed; Serve's alone
	comparing chan struct{} // holds a token while a reconcile runs: one at a time

	mu       sync.Mutex
	status   Status
	lastKey  string             // of the failure that was logged last
	compared time.Time          // when the last reconcile ran
	lost     []appliance.CaseID // receipted, and by the last reconcile the hub has them no more: to be sent again
}

// errAgain ends the work on a batch so that the outbox is asked again: an urgent case came, or a case was set aside.
var errAgain = errors.New("ask the outbox again")

// New makes an engine; it does nothing until Serve.
func New(d Deps) *Engine {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Pace = d.Pace.orDefaults()
	return &Engine{d: d, log: d.Log, pacer: newPacer(d.Pace), comparer: newPacer(d.Pace),
		kick: make(chan struct{}, 1), work: make(chan struct{}, 1), comparing: make(chan struct{}, 1)}
}

// Kick makes the engine try now, whatever it was waiting for: a person asked, or the network came back. It never blocks.
func (e *Engine) Kick() { poke(e.kick) }

// Wake says that something new is in the outbox, as Deps.Kick does. It does not cut short a wait that the hub asked for or
// that follows a failure which only a person can mend. It never blocks.
func (e *Engine) Wake() { poke(e.work) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Serve sends until ctx ends, and gives ctx's error.
func (e *Engine) Serve(ctx context.Context) error {
	for {
		p := e.round(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e.next(p)
		if !e.sleep(ctx, p) {
			return ctx.Err()
		}
	}
}

// sleep waits for the pause to end, for new work unless the pause holds it back, or for Kick.
func (e *Engine) sleep(ctx context.Context, p pause) bool {
	timer := time.NewTimer(p.wait)
	defer timer.Stop()
	work, kicked := (<-chan struct{})(e.work), e.d.Kick
	if p.hold {
		work, kicked = nil, nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-work:
	case <-kicked:
	case <-e.kick:
		e.recompare = time.Time{}
	}
	return true
}

// round sends until the outbox is empty or something fails, and says how long to pause then.
func (e *Engine) round(ctx context.Context) pause {
	e.count(ctx)
	received := false
	seen := map[uint64]int{}
	for {
		if err := e.sendAgain(ctx); err != nil {
			return e.failed(ctx, err)
		}
		b, err := e.d.Store.NextBatch(ctx)
		if err != nil {
			return e.failed(ctx, err)
		}
		if b == nil {
			p := e.idle(ctx, received)
			if e.owes() {
				continue
			}
			return p
		}
		if seen[b.Number]++; seen[b.Number] > maxTurns {
			return e.failed(ctx, appliance.E(appliance.Internal, "sync.stuck", nil))
		}
		switch err := e.deliver(ctx, b); {
		case err == nil:
			received = true
			e.succeeded()
		case !errors.Is(err, errAgain):
			return e.failed(ctx, err)
		}
		e.count(ctx)
	}
}

// maxTurns is how often one batch may come up in one round; an urgent case may interrupt it at each of its parts.
const maxTurns = 2 * wire.MaxParts

// newWork says whether something new came into the outbox since it was asked last.
func (e *Engine) newWork() bool {
	select {
	case <-e.d.Kick:
	case <-e.work:
	case <-e.kick:
	default:
		return false
	}
	return true
}

// idle is an empty outbox: a time to compare with the hub. Nothing waits, so a failure is in no hurry, and it holds no new
// case back unless the hub itself named a time.
func (e *Engine) idle(ctx context.Context, received bool) pause {
	calm := pause{wait: e.d.Pace.Interval}
	if e.d.Held == nil || !e.reconcileDue(received) {
		return calm
	}
	_, err := e.Reconcile(ctx)
	if err == nil {
		e.succeeded()
		e.comparer.reset()
		return calm
	}
	p := e.failedBy(ctx, e.comparer, err)
	p.wait = max(p.wait, calm.wait)
	e.recompare = e.d.Clock.Now().Wall.Add(p.wait)
	if named(err) {
		return p
	}
	return calm
}
