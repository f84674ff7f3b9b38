package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Phase is where a Keeper stands.
type Phase string

// The phases.
const (
	Starting Phase = "starting" // the process starts or OnStart runs
	Ready    Phase = "ready"
	BackOff  Phase = "back_off" // it ended or would not start; another try follows
	Stopped  Phase = "stopped"  // Serve is not running
)

// State is a Keeper's standing, for health.
type State struct {
	Phase    Phase
	Restarts int   // starts after the first one
	Err      error // why the last process ended or would not start; nil if none did
}

// Hooks are called by Serve, one at a time and never at once.
type Hooks struct {
	// Before waits until a start makes sense, for example until the device is there; no process runs meanwhile. Its only error
	// is the context's.
	Before func(ctx context.Context) error
	// OnStart prepares a new process (loads a model, opens a camera) before Get hands it out; its error counts as a failed
	// start. The context ends with Serve's.
	OnStart func(ctx context.Context, p *Process) error
	// OnStop is told why a process ended or would not start, unless Serve was told to stop.
	OnStop func(err error)
	// Pause may change the wait before the next start; it is told why the process ended, after OnStop was.
	Pause func(err error, planned time.Duration) time.Duration
}

// Keeper keeps one process of a Spec alive.
type Keeper struct {
	spec  Spec
	hooks Hooks

	mu      sync.Mutex
	state   State
	process *Process
	changed chan struct{} // closed and replaced at each change of state
}

// NewKeeper makes a Keeper; Serve starts the process.
func NewKeeper(spec Spec, hooks Hooks) *Keeper {
	return &Keeper{
		spec: spec.withDefaults(), hooks: hooks, state: State{Phase: Stopped}, changed: make(chan struct{}),
	}
}

// Serve keeps one process running until ctx ends: one that ends is followed by another after a growing, jittered wait. It
// closes the last process and returns ctx's error.
func (k *Keeper) Serve(ctx context.Context) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = k.spec.Restart.Min, k.spec.Restart.Max
	wait.Reset()
	defer func() { k.set(Stopped, nil, nil) }()
	for {
		if k.hooks.Before != nil {
			if err := k.hooks.Before(ctx); err != nil {
				return err
			}
		}
		readyFor, err := k.once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if readyFor >= k.spec.Restart.Settled {
			wait.Reset()
		}
		pause := wait.NextBackOff()
		k.set(BackOff, nil, err)
		if k.hooks.OnStop != nil {
			k.hooks.OnStop(err)
		}
		if k.hooks.Pause != nil {
			pause = k.hooks.Pause(err, pause)
		}
		k.spec.Log.Warn("worker ended", slog.Any("error", err), slog.Duration("next_start_in", pause))
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		k.mu.Lock()
		k.state.Restarts++
		k.mu.Unlock()
	}
}

// once runs one process to its end and says for how long it was ready.
func (k *Keeper) once(ctx context.Context) (time.Duration, error) {
	k.set(Starting, nil, nil)
	p, err := Start(ctx, k.spec)
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.Close() }() // always nil
	if k.hooks.OnStart != nil {
		if err := k.hooks.OnStart(ctx, p); err != nil {
			return 0, err
		}
	}
	ready := time.Now()
	k.set(Ready, p, nil)
	k.spec.Log.Info("worker ready", slog.Int("pid", p.Pid()))
	select {
	case <-ctx.Done():
		return time.Since(ready), ctx.Err()
	case <-p.Done():
		return time.Since(ready), p.Err()
	}
}

// Get gives the ready process, waiting for one until ctx ends. The error is an *appliance.Error Unavailable with
// KeyNotReady that wraps ctx's error and the last process's.
func (k *Keeper) Get(ctx context.Context) (*Process, error) {
	for {
		k.mu.Lock()
		process, changed, last := k.process, k.changed, k.state.Err
		k.mu.Unlock()
		if process != nil && process.Err() == nil { // one that is ending is no use, though Serve has not seen its end yet
			return process, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, unavailable(KeyNotReady, k.spec.Name, &notReady{ctx.Err(), last})
		}
	}
}

// State says how it stands.
func (k *Keeper) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// set moves to a phase; err nil keeps the last one, so that health can say why a start was needed.
func (k *Keeper) set(phase Phase, p *Process, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Phase, k.process = phase, p
	switch {
	case err != nil:
		k.state.Err = err
	case phase == Ready:
		k.state.Err = nil
	}
	close(k.changed)
	k.changed = make(chan struct{})
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
