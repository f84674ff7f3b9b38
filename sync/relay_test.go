package trustsync_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay carries TCP connections to a hub and cuts them as a plan says: a network that fails below TLS.
type relay struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	target string
	plan   func(n int) (up, down int64) // bytes that the n-th connection carries each way; negative for no end
	count  int
	open   map[net.Conn]bool
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, open: map[net.Conn]bool{}, plan: func(int) (int64, int64) { return -1, -1 }}
	r.wg.Go(r.accept)
	t.Cleanup(r.close)
	return r
}

// to names the hub.
func (r *relay) to(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
}

func (r *relay) address() string { return r.listener.Addr().String() }

// failing sets the plan for the connections to come and cuts those that are open.
func (r *relay) failing(plan func(n int) (up, down int64)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan, r.count = plan, 0
	for c := range r.open {
		_ = c.Close()
	}
}

func (r *relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		target := r.target
		r.mu.Unlock()
		far, err := net.Dial("tcp", target)
		if err != nil {
			_ = near.Close()
			continue
		}
		r.mu.Lock()
		up, down := r.plan(r.count)
		r.count++
		r.open[near], r.open[far] = true, true
		r.mu.Unlock()
		r.wg.Go(func() { r.carry(far, near, up) })
		r.wg.Go(func() { r.carry(near, far, down) })
	}
}

// carry copies until an end or the limit, then ends both directions: what is on its way is lost.
func (r *relay) carry(to, from net.Conn, limit int64) {
	if limit < 0 {
		_, _ = io.Copy(to, from)
	} else {
		_, _ = io.CopyN(to, from, limit)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range []net.Conn{to, from} {
		delete(r.open, c)
		_ = c.Close()
	}
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.failing(r.plan)
	r.wg.Wait()
}
