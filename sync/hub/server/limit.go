package server

import (
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter slows guessing: each address has a small allowance, and all together a larger one, so that its own memory is
// bounded however many addresses come.
type limiter struct {
	mu    sync.Mutex
	each  map[string]*rate.Limiter
	whole *rate.Limiter
}

const (
	eachEvery = 2 * time.Second
	eachBurst = 20
	mostKnown = 4096 // addresses remembered; then all start anew under the common allowance
)

func newLimiter() *limiter {
	return &limiter{each: map[string]*rate.Limiter{}, whole: rate.NewLimiter(50, 200)}
}

func (l *limiter) allow(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.each[host]
	if one == nil {
		if len(l.each) >= mostKnown {
			clear(l.each)
		}
		one = rate.NewLimiter(rate.Every(eachEvery), eachBurst)
		l.each[host] = one
	}
	return one.Allow() && l.whole.Allow()
}
