package demo_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between box and hub and passes the TLS bytes on. Armed, it looks before each piece of the hub's answers
// whether the hub has what it waits for, and then cuts all connections with the answer undelivered: the acknowledgement is
// lost after the commit, without the proxy reading a byte of what it passes.
type proxy struct {
	listener net.Listener
	target   string
	armed    atomic.Pointer[func() bool]
	cuts     atomic.Int32
	mu       sync.Mutex
	open     map[net.Conn]bool
	all      sync.WaitGroup
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: target, open: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		p.all.Wait()
	})
	return p
}

func (p *proxy) url() string { return "https://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close() // the hub is down: so is the way to it
			continue
		}
		p.mu.Lock()
		p.open[client], p.open[server] = true, true
		p.mu.Unlock()
		p.all.Go(func() { p.pass(server, client, nil) })
		p.all.Go(func() { p.pass(client, server, p.committed) })
	}
}

// pass copies from one side to the other until either ends; before, if set, may stop it.
func (p *proxy) pass(to, from net.Conn, before func() bool) {
	defer p.forget(to, from)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if before != nil && n > 0 && before() {
			p.cut()
			return
		}
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil {
			return
		}
	}
}

// committed says whether the armed condition holds, and disarms: one acknowledgement is lost, not all.
func (p *proxy) committed() bool {
	condition := p.armed.Load()
	if condition == nil || !(*condition)() || !p.armed.CompareAndSwap(condition, nil) {
		return false
	}
	p.cuts.Add(1)
	return true
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, as when a link goes
		}
		c.Close()
	}
	clear(p.open)
}

func (p *proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(p.open, c)
	}
}
