package camera

import (
	"context"
	"sync"
	"sync/atomic"

	"dermbox/appliance"
)

// Hub shows each frame to any number of subscribers. The newest wins: a subscriber that is slow loses frames, which are
// counted, and never holds up the camera or another subscriber. It is safe for concurrent use.
type Hub struct {
	mu         sync.Mutex
	subs       map[*Subscription]struct{}
	closed     bool
	generation uint64
}

// NewHub gives a hub without subscribers.
func NewHub() *Hub { return &Hub{subs: map[*Subscription]struct{}{}} }

// Subscription is one viewer's place at a hub. It belongs to one goroutine; Close may be called from any.
type Subscription struct {
	hub     *Hub
	frames  chan Frame // room for one: the newest
	gone    chan struct{}
	once    sync.Once
	dropped atomic.Uint64
}

// Subscribe adds a viewer, who sees the frames published from now on and must Close.
func (h *Hub) Subscribe() *Subscription {
	s := &Subscription{hub: h, frames: make(chan Frame, 1), gone: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		s.once.Do(func() { close(s.gone) })
		return s
	}
	h.subs[s] = struct{}{}
	return s
}

// Publish shows a frame to all subscribers and never waits for one. It notes the hub's generation in it.
func (h *Hub) Publish(f Frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.Generation = h.generation
	for s := range h.subs {
		s.offer(f)
	}
}

// Clear takes back the frames that nobody has taken yet and begins another generation: the camera went away, and what it saw
// before must not be shown as what it sees.
func (h *Hub) Clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.generation++
	for s := range h.subs {
		select {
		case <-s.frames:
			s.dropped.Add(1)
		default:
		}
	}
}

// Generation tells how often the hub was cleared. A viewer that has held a frame for a while shows it only if
// Frame.Generation is still the hub's.
func (h *Hub) Generation() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.generation
}

// Subscribers gives how many viewers there are now.
func (h *Hub) Subscribers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs)
}

// Close ends every subscription, present and future.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	subs := h.subs
	h.subs = map[*Subscription]struct{}{}
	h.mu.Unlock()
	for s := range subs {
		s.once.Do(func() { close(s.gone) })
	}
}

// offer replaces a frame that the viewer has not taken. Publish's lock makes it the channel's only writer, so the second
// send finds room.
func (s *Subscription) offer(f Frame) {
	for {
		select {
		case s.frames <- f:
			return
		default:
		}
		select {
		case <-s.frames:
			s.dropped.Add(1)
		default:
		}
	}
}

// Next waits for a frame newer than the last one it gave. It fails with the context's error, or Unavailable after Close.
func (s *Subscription) Next(ctx context.Context) (Frame, error) {
	select {
	case f := <-s.frames:
		return f, nil
	case <-s.gone:
		return Frame{}, appliance.E(appliance.Unavailable, "camera.error.closed", nil)
	case <-ctx.Done():
		return Frame{}, ctx.Err()
	}
}

// Dropped gives how many frames this viewer was too slow for.
func (s *Subscription) Dropped() uint64 { return s.dropped.Load() }

// Close gives the place up. It may be called more than once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	delete(s.hub.subs, s)
	s.hub.mu.Unlock()
	s.once.Do(func() { close(s.gone) })
}
