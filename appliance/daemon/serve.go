package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"dermbox/appliance/text"
)

// How long requests under way may go on once the daemon stops: first undisturbed, then, with their contexts ended, until the last
// handler has returned. What a handler needs is closed only after that.
const (
	grace = 3 * time.Second
	drain = 10 * time.Second
)

// serveHTTP serves on the listener until ctx ends, then lets requests under way finish and waits for their handlers, those of
// WebSockets too.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, server *http.Server, log *slog.Logger) error {
	requests, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var active handlers
	server.Handler = active.counted(calm(log, handler))
	server.BaseContext = func(net.Listener) context.Context { return requests }
	server.ReadHeaderTimeout = 5 * time.Second
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		if server.Shutdown(limited) != nil {
			server.Close()
		}
		end()
		if n := active.wait(drain); n > 0 {
			log.Warn("requests did not end in time", "requests", n)
		}
	})
	err := server.Serve(listener)
	if stop() { // it ended by itself
		return errors.Join(err, server.Close())
	}
	<-stopped
	return ctx.Err()
}

// handlers counts the requests whose handlers run.
type handlers struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0; nil while nobody waits
}

func (h *handlers) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.add(1)
		defer h.add(-1)
		next.ServeHTTP(w, r)
	})
}

func (h *handlers) add(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n += n
	if h.n == 0 && h.idle != nil {
		close(h.idle)
		h.idle = nil
	}
}

// wait waits until no handler runs, or for the limit, and gives how many run then.
func (h *handlers) wait(limit time.Duration) int {
	h.mu.Lock()
	if h.n == 0 {
		h.mu.Unlock()
		return 0
	}
	idle := make(chan struct{})
	h.idle = idle
	h.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// calm answers a request whose handler panicked, and logs type and place. Net/http would log the value with all its stack:
// they may hold a patient's data.
func calm(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler) // asked for, and net/http keeps quiet about it
			}
			if value != nil {
				log.Error("request panicked", "method", r.Method, "type", fmt.Sprintf("%T", value), "where", where())
				http.Error(w, text.T("error.internal", nil), http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// where gives the innermost places of ours from within a deferred function that recovered a panic.
func where() []string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var places []string
	for more := true; more && len(places) < 6; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.Contains(f.Function, "dermbox/") {
			places = append(places, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
	}
	return places
}
