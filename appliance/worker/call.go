package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// reply is the child's answer to one call.
type reply struct {
	header header
	body   []byte
}

// Call sends a request and waits for its reply: req is marshalled into the header, body goes as it is (and must not change
// before Call returns), the reply's data is unmarshalled into resp unless that is nil, and its body is returned. Many calls
// may run at once.
//
// An error of the child's handler arrives as its *appliance.Error. When ctx ends first the error wraps ctx.Err() and has
// KeyDeadline; the child goes on and its late answer is discarded, but it still owes one: see Process for the stall. When the
// child ends, stalls or breaks the protocol, the error is Err's.
func (p *Process) Call(ctx context.Context, typ string, req any, body []byte, resp any) ([]byte, error) {
	data, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("worker request %s: %w", typ, err)
	}
	id, answer, err := p.begin()
	if err != nil {
		return nil, err
	}
	defer p.forget(id)
	if err := p.send(ctx, header{Type: typ, ID: id, Data: data}, body); err != nil {
		p.unsent(id)
		return nil, sendError(ctx, p.spec.Name, err)
	}
	select {
	case r, ok := <-answer:
		if !ok {
			return nil, p.Err()
		}
		return r.open(typ, resp)
	case <-ctx.Done():
		return nil, unavailable(KeyDeadline, p.spec.Name, ctx.Err())
	}
}

func (r reply) open(typ string, resp any) ([]byte, error) {
	if r.header.Error != nil {
		return nil, r.header.Error.error()
	}
	if resp != nil {
		if err := json.Unmarshal(r.header.Data, resp); err != nil {
			return nil, fmt.Errorf("worker reply %s: %w", typ, err)
		}
	}
	return r.body, nil
}

// begin registers a call.
func (p *Process) begin() (uint64, <-chan reply, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return 0, nil, p.cause
	}
	p.last++
	ch := make(chan reply, 1)
	p.waiting[p.last], p.owed[p.last] = ch, time.Since(p.started)
	return p.last, ch, nil
}

// unsent takes back a call whose frame did not reach the child: no answer to it is owed.
func (p *Process) unsent(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.owed, id)
}

// forget drops a call that nobody waits for any more.
func (p *Process) forget(id uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

// send writes one frame within the context. A frame that could be written only in part leaves the pipe useless, so the
// child is killed then.
func (p *Process) send(ctx context.Context, h header, body []byte) error {
	prefix, err := encodeFrame(h, len(body), p.spec.MaxBody)
	if err != nil {
		return err
	}
	select {
	case p.writing <- struct{}{}:
		defer func() { <-p.writing }()
	case <-ctx.Done():
		return ctx.Err()
	case <-p.done:
		return p.Err()
	}
	// SetWriteDeadline in the past interrupts a write into the full pipe of a child that does not read.
	unblock := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = p.stdin.SetWriteDeadline(time.Unix(1, 0)) // fails only on a closed pipe, which ends the write as well
		close(unblock)
	})
	written, err := p.write(prefix, body)
	if !stop() {
		<-unblock
		_ = p.stdin.SetWriteDeadline(time.Time{})
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil: // the pipe is broken: what the child ended with says more
		_ = p.cmd.Process.Kill() // fails only when it has ended already
		<-p.done
		return p.Err()
	case written > 0:
		p.kill(unavailable(KeyStalled, p.spec.Name, err))
	}
	return ctx.Err()
}

func (p *Process) write(parts ...[]byte) (written int, err error) {
	for _, part := range parts {
		n, err := p.stdin.Write(part)
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// deliver hands a reply to its call. A reply that nobody waits for any more is late and dropped; one to a call that never
// was made breaks the protocol.
func (p *Process) deliver(h header, body []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h.ID > p.last {
		return errors.New("reply to a call that was not made")
	}
	delete(p.owed, h.ID)
	if ch, ok := p.waiting[h.ID]; ok {
		delete(p.waiting, h.ID)
		ch <- reply{h, body}
	}
	return nil
}
