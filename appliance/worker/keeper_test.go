package worker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// keep serves a Keeper until the test ends.
func keep(t *testing.T, s worker.Spec, hooks worker.Hooks) *worker.Keeper {
	t.Helper()
	s.Restart = worker.Restart{Min: 5 * time.Millisecond, Max: 50 * time.Millisecond}
	k := worker.NewKeeper(s, hooks)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- k.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve gave %v", err)
		}
		if got := k.State().Phase; got != worker.Stopped {
			t.Errorf("phase %s after Serve", got)
		}
	})
	return k
}

func TestKeeperStartsAnotherAfterACrash(t *testing.T) {
	var starts, stops atomic.Int32
	k := keep(t, spec("worker"), worker.Hooks{
		OnStart: func(context.Context, *worker.Process) error { starts.Add(1); return nil },
		OnStop:  func(err error) { stops.Add(1) },
	})
	for range 3 {
		p, err := k.Get(within(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Call(within(t), "die", numbers{}, nil, nil)
		wantKey(t, err, appliance.Unavailable, worker.KeyDied)
		for stops.Load() < starts.Load() { // Get may hand out the dead one until Serve has seen it
			time.Sleep(time.Millisecond)
		}
	}
	p, err := k.Get(within(t))
	if err != nil {
		t.Fatal(err)
	}
	var out numbers
	if _, err := p.Call(within(t), "double", numbers{N: 4}, nil, &out); err != nil || out.N != 8 {
		t.Fatalf("%+v %v", out, err)
	}
	state := k.State()
	if starts.Load() != 4 || state.Restarts != 3 || state.Phase != worker.Ready || state.Err != nil {
		t.Fatalf("%d starts, state %+v", starts.Load(), state)
	}
}

func TestKeeperHandsOutNothingThatOnStartRefused(t *testing.T) {
	refusal := appliance.E(appliance.Unverified, "error.test", nil)
	var refuse atomic.Bool
	refuse.Store(true)
	k := keep(t, spec("worker"), worker.Hooks{OnStart: func(ctx context.Context, p *worker.Process) error {
		if refuse.Load() {
			return refusal
		}
		_, err := p.Call(ctx, "double", numbers{}, nil, nil)
		return err
	}})
	for k.State().Restarts == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := k.Get(ctx)
	wantKey(t, err, appliance.Unavailable, worker.KeyNotReady)
	if !errors.Is(err, refusal) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the reasons are lost: %v", err)
	}
	if state := k.State(); !errors.Is(state.Err, refusal) {
		t.Fatalf("state %+v", state)
	}
	refuse.Store(false)
	if _, err := k.Get(within(t)); err != nil {
		t.Fatal(err)
	}
}

func TestKeeperWithoutAnExecutable(t *testing.T) {
	s := spec("worker")
	s.Path = "/nonexistent/worker"
	k := keep(t, s, worker.Hooks{})
	for k.State().Err == nil {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := k.Get(ctx)
	wantKey(t, err, appliance.Unavailable, worker.KeyNotReady)
	wantKey(t, k.State().Err, appliance.Unavailable, worker.KeyStart)
}

func TestGetWithoutServe(t *testing.T) {
	k := worker.NewKeeper(spec("worker"), worker.Hooks{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := k.Get(ctx)
	wantKey(t, err, appliance.Unavailable, worker.KeyNotReady)
}

// Nothing is started until Before lets it, each time; Pause decides how long until it is asked again.
func TestKeeperWaitsForBefore(t *testing.T) {
	gate, asked := make(chan struct{}), make(chan struct{}, 10)
	var starts, pauses atomic.Int32
	k := keep(t, spec("worker"), worker.Hooks{
		Before: func(ctx context.Context) error {
			asked <- struct{}{}
			select {
			case <-gate:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		OnStart: func(context.Context, *worker.Process) error { starts.Add(1); return nil },
		Pause:   func(error, time.Duration) time.Duration { pauses.Add(1); return 0 },
	})
	for n := range int32(2) {
		<-asked
		if got := starts.Load(); got != n {
			t.Fatalf("%d starts before start %d was allowed", got, n+1)
		}
		gate <- struct{}{}
		p, err := k.Get(within(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Call(within(t), "die", numbers{}, nil, nil)
		wantKey(t, err, appliance.Unavailable, worker.KeyDied)
	}
	<-asked // and is still waiting when Serve is told to stop
	if got := pauses.Load(); got != 2 {
		t.Errorf("%d pauses", got)
	}
}
