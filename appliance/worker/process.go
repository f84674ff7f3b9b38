package worker

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"dermbox/appliance"
)

// drain is how long what a dead child left in its pipes is still read.
const drain = time.Second

// Process is one running child. Its methods may be called from any goroutine.
//
// With Spec.Stall set, the child is killed when it sends nothing for that long while it owes an answer, or at any time after
// its first event: a child that emits is a stream and must keep flowing. An answer is owed until it comes, whether or not its
// caller still waits: callers that give up early would otherwise keep a hung child alive for ever.
type Process struct {
	spec   Spec
	cmd    *exec.Cmd
	pid    int
	stdin  *os.File // the parent's ends
	stdout *os.File
	stderr *os.File

	writing   chan struct{} // holds one token: who has it may write to stdin
	events    chan Event
	dropped   atomic.Uint64
	heard     atomic.Int64 // when the last frame came, nanoseconds since started
	stall     atomic.Int64 // how long silence may last now, nanoseconds
	streaming atomic.Bool  // an event came
	started   time.Time
	said      lastWords // of the child; read when the readers have ended

	mu      sync.Mutex
	waiting map[uint64]chan reply
	owed    map[uint64]time.Duration // calls without an answer, and when each was made, since started
	last    uint64                   // id of the newest call
	cause   error                    // why it is over or being killed
	over    bool                     // no more calls

	ending chan struct{} // closed when the child was reaped
	done   chan struct{} // closed when all is over
}

// Start starts the child and applies its limits. The context bounds the start alone; end the child with Close. The error
// is an *appliance.Error Unavailable with KeyStart.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	spec = spec.withDefaults()
	if err := ctx.Err(); err != nil {
		return nil, unavailable(KeyStart, spec.Name, err)
	}
	p := &Process{
		spec: spec, writing: make(chan struct{}, 1), events: make(chan Event, spec.Queue), started: time.Now(),
		waiting: map[uint64]chan reply{}, owed: map[uint64]time.Duration{}, ending: make(chan struct{}), done: make(chan struct{}),
	}
	p.SetStall(spec.Stall)
	exited, err := p.spawn()
	if err != nil {
		return nil, unavailable(KeyStart, spec.Name, err)
	}
	var readers sync.WaitGroup
	readers.Go(p.read)
	readers.Go(func() { p.said = logLines(p.stderr, spec.Log) })
	if spec.Stall > 0 {
		readers.Go(p.watch)
	}
	go p.finish(exited, &readers)
	return p, nil
}

// finish owns the end: it waits for the child, then for the readers, and fails what still waits.
func (p *Process) finish(exited <-chan error, readers *sync.WaitGroup) {
	err := <-exited
	close(p.ending)
	// A descendant could hold the pipes open; the child's own last words are already in them.
	limit := time.Now().Add(drain)
	_ = p.stdout.SetReadDeadline(limit)
	_ = p.stderr.SetReadDeadline(limit)
	readers.Wait()
	p.stdin.Close()
	p.stdout.Close()
	p.stderr.Close()

	p.mu.Lock()
	if p.cause == nil {
		p.cause = unavailable(KeyDied, p.spec.Name, deathOf(err, p.said))
	}
	p.over = true
	for id, ch := range p.waiting {
		delete(p.waiting, id)
		close(ch)
	}
	p.mu.Unlock()
	close(p.events)
	close(p.done)
}

// Done is closed when the child has been reaped and every goroutine of the Process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says why the child ended: an *appliance.Error with one of this package's keys, KeyClosed after Close. It is nil while
// the child runs.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// Pid gives the child's process id, for logs.
func (p *Process) Pid() int { return p.pid }

// Close ends the child and waits until it is gone: it closes the child's stdin, and kills the child if it has not left
// after Spec.Grace. It returns nil; calling it again is harmless.
func (p *Process) Close() error {
	p.setCause(appliance.E(appliance.Unavailable, KeyClosed, nil, "worker", p.spec.Name))
	p.stdin.Close()
	patience := time.NewTimer(p.spec.Grace)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
		_ = p.cmd.Process.Kill() // fails only when it has ended already
		<-p.done
	}
	return nil
}

// Fail ends the child at once, because its answers cannot be used; Err then gives the cause, which must not be nil.
func (p *Process) Fail(cause error) { p.kill(cause) }

// kill ends the child at once for the given cause.
func (p *Process) kill(cause error) {
	p.setCause(cause)
	_ = p.cmd.Process.Kill() // fails only when it has ended already
}

func (p *Process) setCause(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cause == nil {
		p.cause = cause
	}
	p.over = true
}

// watch kills a child that has stalled.
func (p *Process) watch() {
	tick := time.NewTicker(max(p.spec.Stall/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.ending:
			return
		case <-tick.C:
			if since, expected := p.silentSince(); expected && time.Since(p.started)-since > time.Duration(p.stall.Load()) {
				p.kill(unavailable(KeyStalled, p.spec.Name, nil))
				return
			}
		}
	}
}

// SetStall has the child killed after another length of silence from now on, for a request that is known to take longer than
// others. Without Spec.Stall no silence kills it, whatever is set.
func (p *Process) SetStall(limit time.Duration) { p.stall.Store(int64(limit)) }

// silentSince says whether silence is wrong now, and since when there is one: the last frame, or the oldest call without an
// answer if that was made later.
func (p *Process) silentSince() (since time.Duration, expected bool) {
	heard := time.Duration(p.heard.Load())
	if p.streaming.Load() {
		return heard, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.owed) == 0 {
		return heard, false
	}
	return max(heard, slices.Min(slices.Collect(maps.Values(p.owed)))), true
}

func (p *Process) hear() { p.heard.Store(int64(time.Since(p.started))) }
