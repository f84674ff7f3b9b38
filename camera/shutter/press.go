package shutter

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"dermbox/appliance"
)

// Press is one press of the shutter.
type Press struct {
	ID     uint64          // counted from 1 since the program started
	At     appliance.Stamp // when it was pressed, by the kernel's word if that can be believed
	Device string          // the device's name and ids
}

// Subscription is one page's place at the shutter. Only the newest is given presses; when it is closed, the one before it
// is the newest again. It belongs to one goroutine; Close may be called from any.
type Subscription struct {
	s       *Service
	presses chan Press // room for one
	gone    chan struct{}
	once    sync.Once
}

// Subscribe adds a page, which must Close. A press that the page before it has not taken yet is dropped.
func (s *Service) Subscribe() *Subscription {
	sub := &Subscription{s: s, presses: make(chan Press, 1), gone: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.subs); n > 0 {
		s.emptyLocked(s.subs[n-1])
	}
	s.subs = append(s.subs, sub)
	return sub
}

// Next waits for a press that is not older than half a second. It fails with the context's error, or Unavailable after
// Close.
func (sub *Subscription) Next(ctx context.Context) (Press, error) {
	for {
		select {
		case <-sub.gone:
			return Press{}, appliance.E(appliance.Unavailable, "shutter.error.closed", nil)
		case <-ctx.Done():
			return Press{}, ctx.Err()
		case p := <-sub.presses:
			if sub.s.fresh(p) {
				return p, nil
			}
			sub.s.drop(p)
		}
	}
}

// Close gives the place up. It may be called more than once.
func (sub *Subscription) Close() {
	s := sub.s
	s.mu.Lock()
	defer s.mu.Unlock()
	sub.once.Do(func() {
		close(sub.gone)
		s.subs = slices.DeleteFunc(s.subs, func(other *Subscription) bool { return other == sub })
		s.emptyLocked(sub)
	})
}

// event makes a press of an event, if it is one, and offers it.
func (s *Service) event(e Event, d *device) {
	if e.Type != typeKey || e.Value != valuePressed || !s.keys[e.Code] {
		return
	}
	at := stamp(s.o.Clock.Now(), e.Time)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last.Boot == at.Boot && s.count > 0 && time.Duration(at.Mono-s.last.Mono) < bounce {
		return
	}
	s.last = at
	s.count++
	p := Press{ID: s.count, At: at, Device: d.label}
	if len(s.subs) == 0 || !s.fresh(p) {
		s.dropLocked(p)
		return
	}
	newest := s.subs[len(s.subs)-1]
	s.emptyLocked(newest)
	newest.presses <- p // there is room: the lock makes this the only writer
}

// stamp dates now back to when the kernel had the event. A time of the future, or none, is not believed.
func stamp(now appliance.Stamp, at int64) appliance.Stamp {
	if at <= 0 || at > now.Mono {
		return now
	}
	now.Wall = now.Wall.Add(-time.Duration(now.Mono - at))
	now.Mono = at
	return now
}

func (s *Service) fresh(p Press) bool {
	now := s.o.Clock.Now()
	return now.Boot == p.At.Boot && time.Duration(now.Mono-p.At.Mono) <= holds
}

// emptyLocked drops the press that a subscriber has not taken.
func (s *Service) emptyLocked(sub *Subscription) {
	select {
	case p := <-sub.presses:
		s.dropLocked(p)
	default:
	}
}

func (s *Service) drop(p Press) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropLocked(p)
}

func (s *Service) dropLocked(p Press) {
	s.dropped++
	s.o.Log.Info("press of the shutter dropped", slog.Uint64("press", p.ID))
}
