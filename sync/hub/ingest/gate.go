package ingest

import (
	"context"
	"sync"
	"time"

	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// patience is how long a request waits for the one whose place it takes: long enough to make what that one brought durable.
const patience = 20 * time.Second

// uploadKey names a part in its scope.
type uploadKey struct {
	device ledger.Device
	sha256 string
}

// gate lets one request at a time work on a part. A newer one takes the place of a half-dead one, which gives up reading,
// makes what it has durable and leaves.
type gate struct {
	mu   sync.Mutex
	held map[uploadKey]*upload
}

// upload is one request's hold on a part.
type upload struct {
	setDeadline func(time.Time) error // of reading the request's body
	done        chan struct{}         // closed when the hold ends

	mu   sync.Mutex
	cut  bool // a newer request wants the part
	over bool // the connection may serve another request already: leave its deadline alone
}

// take waits for the part, asking whoever holds it to leave. The error is transient: busy, or the context's.
func (g *gate) take(ctx context.Context, key uploadKey, setDeadline func(time.Time) error) (*upload, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	mine := &upload{setDeadline: setDeadline, done: make(chan struct{})}
	for {
		g.mu.Lock()
		other := g.held[key]
		if other == nil {
			g.held[key] = mine
			g.mu.Unlock()
			return mine, nil
		}
		g.mu.Unlock()
		other.interrupt()
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, answer.Refusal(wire.CodeBusy, ctx.Err())
		}
	}
}

func (g *gate) release(key uploadKey, u *upload) {
	u.mu.Lock()
	u.over = true
	u.mu.Unlock()
	g.mu.Lock()
	delete(g.held, key)
	g.mu.Unlock()
	close(u.done)
}

// interrupt makes the holder's next read, or the one it is in, fail at once.
func (u *upload) interrupt() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cut = true
	if !u.over {
		_ = u.setDeadline(time.Unix(1, 0)) // of a connection that has gone there is nothing to read anyway
	}
}

// extend gives the connection so long to bring more, unless it was interrupted.
func (u *upload) extend(d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.cut {
		_ = u.setDeadline(time.Now().Add(d))
	}
}

func (u *upload) interrupted() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.cut
}

// interruptAll makes every upload end at its next read, with what it brought kept.
func (g *gate) interruptAll() {
	g.mu.Lock()
	all := make([]*upload, 0, len(g.held))
	for _, u := range g.held {
		all = append(all, u)
	}
	g.mu.Unlock()
	for _, u := range all {
		u.interrupt()
	}
}
