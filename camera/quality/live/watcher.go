package live

import (
	"context"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/quality"
)

// every is the time between two verdicts: five a second.
const every = 200 * time.Millisecond

// patience is how long the judge may think about one frame; after that nothing is known.
const patience = time.Second

// Options is what a Watcher needs. All must be set.
type Options struct {
	Hub *camera.Hub // where the frames come from
	// Judge measures a frame on a reduced decode.
	Judge func(ctx context.Context, jpeg []byte) (quality.Metrics, error)
	// Busy says whether the judge has a still: that goes first, and the live picture waits.
	Busy func() bool
	// Verdict says what a still of a view with these metrics would be told.
	Verdict func(view appliance.View, m quality.Metrics) appliance.Verdict
	Clock   appliance.Clock
}

// Watcher has frames judged while somebody listens, and none else. The newest frame wins: there is no queue, and frames that
// come while the judge has one, or a still, are let go. It is safe for concurrent use.
type Watcher struct {
	o Options

	mu    sync.Mutex
	here  map[*Subscription]struct{}
	round uint64        // counts the frames that were taken to be judged
	wake  chan struct{} // holds one when a first listener came
	rest  func()        // ends watching; nil while nothing is watched
}

// NewWatcher gives a watcher that does nothing until Serve.
func NewWatcher(o Options) *Watcher {
	return &Watcher{o: o, here: map[*Subscription]struct{}{}, wake: make(chan struct{}, 1)}
}

// Serve watches whenever somebody listens, until ctx ends, and returns its error.
func (w *Watcher) Serve(ctx context.Context) error {
	for {
		if !w.listened() {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-w.wake:
			}
		}
		if err := w.watch(ctx); err != nil {
			return err
		}
	}
}

func (w *Watcher) listened() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.here) > 0
}

// watch judges frames until the last listener has left.
func (w *Watcher) watch(ctx context.Context) error {
	watching, rest := context.WithCancel(ctx)
	defer rest()
	if !w.begin(rest) {
		return nil
	}
	frames := w.o.Hub.Subscribe()
	defer frames.Close()
	var due int64
	for {
		frame, err := frames.Next(watching)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case watching.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		now := w.o.Clock.Now().Mono
		if now < due || w.o.Busy() {
			continue
		}
		if due += int64(every); due <= now {
			due = now + int64(every)
		}
		w.judge(watching, frame)
	}
}

// begin notes how to end watching, unless nobody listens any more.
func (w *Watcher) begin(rest func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = rest
	return len(w.here) > 0
}

// judge has one frame judged and tells those who listened when it was taken. Whoever came later may have come because the camera
// changed: a frame from before that is not theirs.
func (w *Watcher) judge(ctx context.Context, frame camera.Frame) {
	w.mu.Lock()
	w.round++
	round := w.round
	w.mu.Unlock()
	if frame.Generation != w.o.Hub.Generation() {
		return
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	m, err := w.o.Judge(limited, frame.JPEG)
	if ctx.Err() != nil || frame.Generation != w.o.Hub.Generation() {
		return
	}
	m.Live = true // whatever it says: a reduced picture cannot have what needs every pixel
	now := w.o.Clock.Now().Mono
	w.mu.Lock()
	defer w.mu.Unlock()
	for s := range w.here {
		if s.round >= round {
			continue
		}
		var newest Hint
		if err == nil {
			newest = Of(w.o.Verdict(s.view, m))
		}
		s.offer(s.steady.show(newest, now))
	}
}
