package live

import (
	"context"

	"dermbox/appliance"
)

// Subscription is one page's place: the hints of a view, from frames that were taken after it was made. It belongs to one
// goroutine; Close may be called from any.
type Subscription struct {
	watcher *Watcher
	view    appliance.View
	round   uint64 // the last one that is not its own

	steady steady    // under the watcher's lock
	hints  chan Hint // room for one: the newest
}

// Subscribe adds a listener for a view, who must Close. Whoever holds a subscription must give it up when the camera changes:
// hints do not say which camera they are of.
func (w *Watcher) Subscribe(view appliance.View) *Subscription {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &Subscription{watcher: w, view: view, round: w.round, hints: make(chan Hint, 1)}
	w.here[s] = struct{}{}
	if len(w.here) == 1 {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	return s
}

// Next waits for the next hint, of which the newest wins. It fails with the context's error alone.
func (s *Subscription) Next(ctx context.Context) (Hint, error) {
	select {
	case h := <-s.hints:
		return h, nil
	case <-ctx.Done():
		return Hint{}, ctx.Err()
	}
}

// Close gives the place up. It may be called more than once.
func (s *Subscription) Close() {
	w := s.watcher
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.here, s)
	if len(w.here) == 0 && w.rest != nil {
		w.rest()
	}
}

// offer replaces a hint that was not taken. The watcher's lock makes it the channel's only writer.
func (s *Subscription) offer(h Hint) {
	select {
	case <-s.hints:
	default:
	}
	s.hints <- h
}
