package kiosk_test

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

// StandInPreview shows the frames that a test publishes, on the camera's own hub.
type StandInPreview struct {
	hub *camera.Hub

	mu      sync.Mutex
	state   kiosk.PreviewState
	changed chan struct{}
	held    chan struct{} // a subscription's Next waits for it before it gives a frame; nil: at once
	taken   atomic.Bool   // such a Next has its frame
}

// exposed is when every frame of these tests was exposed.
var exposed = time.UnixMicro(1_234_500)

func newPreview() *StandInPreview {
	p := &StandInPreview{hub: camera.NewHub()}
	p.becomes(camera.StateReady)
	return p
}

// becomes changes the camera's state.
func (p *StandInPreview) becomes(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed != nil {
		close(p.changed)
	}
	p.changed = make(chan struct{})
	p.state = kiosk.PreviewState{Ready: key == camera.StateReady, Key: key, Params: map[string]string{"source": "USB 1"}, Changed: p.changed}
}

// publish shows the next frame to whoever watches.
func (p *StandInPreview) publish(seq uint64) {
	p.hub.Publish(camera.Frame{Seq: seq, JPEG: []byte("jpeg"), Exposed: appliance.Stamp{Wall: exposed}})
}

// hold has Next wait, with the frame in its hand, until the channel is closed.
func (p *StandInPreview) hold() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = make(chan struct{})
	return p.held
}

// State is kiosk.Preview.
func (p *StandInPreview) State() kiosk.PreviewState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Subscribe is kiosk.Preview.
func (p *StandInPreview) Subscribe() kiosk.Subscription { return standInFrames{p.hub.Subscribe(), p} }

type standInFrames struct {
	*camera.Subscription
	p *StandInPreview
}

// Next is kiosk.Subscription.
func (s standInFrames) Next(ctx context.Context) (uint64, float64, []byte, error) {
	f, err := s.Subscription.Next(ctx)
	s.p.mu.Lock()
	held := s.p.held
	s.p.mu.Unlock()
	if held != nil && err == nil {
		s.p.taken.Store(true)
		<-held
	}
	return f.Seq, float64(f.Exposed.Wall.UnixMicro()) / 1000, f.JPEG, err
}

// StandInPresses is a shutter that a test presses.
type StandInPresses struct {
	mu   sync.Mutex
	last uint64
	subs map[*standInShutter]struct{}
}

type standInShutter struct {
	all *StandInPresses
	ids chan uint64
}

func newPresses() *StandInPresses {
	return &StandInPresses{subs: map[*standInShutter]struct{}{}}
}

// press presses once and gives how many were told.
func (p *StandInPresses) press() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	for s := range p.subs {
		s.ids <- p.last
	}
	return len(p.subs)
}

func (p *StandInPresses) listening() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.subs)
}

// Subscribe is kiosk.Presses.
func (p *StandInPresses) Subscribe() kiosk.PressSubscription {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &standInShutter{p, make(chan uint64, 100)}
	p.subs[s] = struct{}{}
	return s
}

// Next is kiosk.PressSubscription.
func (s *standInShutter) Next(ctx context.Context) (uint64, error) {
	select {
	case id := <-s.ids:
		return id, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Close is kiosk.PressSubscription.
func (s *standInShutter) Close() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	delete(s.all.subs, s)
}
