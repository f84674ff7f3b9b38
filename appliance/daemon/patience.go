package daemon

import (
	"sync"
	"time"

	"dermbox/appliance"
)

// How long watch waits after a failure of its own before it tries again: longer each time.
const (
	firstWait = time.Second
	mostWait  = time.Minute
)

// trouble is a task of watch that fails, as everything does on a full disk: it is tried again after a growing wait, and the log
// hears of it when it begins and when its reason changes. The zero trouble is none. All times are the clock's Mono.
type trouble struct {
	code appliance.Code
	wait time.Duration
	next int64 // not before
}

func (t *trouble) due(now int64) bool { return now >= t.next }

// failed notes a failure and says whether it is news.
func (t *trouble) failed(now int64, code appliance.Code) (news bool) {
	news = code != t.code
	t.wait = min(max(2*t.wait, firstWait), mostWait)
	t.code, t.next = code, now+int64(t.wait)
	return news
}

// settled is how long a service must have run since its last failure to count as well again.
const settled = int64(time.Minute)

// failures says when each service failed last.
type failures struct {
	mu sync.Mutex
	at map[string]int64
}

// note notes a failure and calls tell.
func (f *failures) note(service string, now int64, tell func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil {
		f.at = map[string]int64{}
	}
	f.at[service] = now
	tell()
}

// settle calls clear for each service that has run on for long enough since it failed, and forgets it.
func (f *failures) settle(now int64, clear func(service string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for service, at := range f.at {
		if now-at >= settled {
			delete(f.at, service)
			clear(service)
		}
	}
}
