package kiosk_test

import (
	"context"
	"sync"

	"dermbox/appliance"
	"dermbox/ui/kiosk"
)

// StandInHints tells the hints that a test gives.
type StandInHints struct {
	mu   sync.Mutex
	subs []*standInHints // all that ever were, in their order
}

type standInHints struct {
	all   *StandInHints
	view  appliance.View
	hints chan kiosk.Hint
	gone  bool
}

// Subscribe is kiosk.Hints.
func (s *StandInHints) Subscribe(view appliance.View) kiosk.HintSubscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := &standInHints{all: s, view: view, hints: make(chan kiosk.Hint, 100)}
	s.subs = append(s.subs, sub)
	return sub
}

// Next is kiosk.HintSubscription.
func (s *standInHints) Next(ctx context.Context) (kiosk.Hint, error) {
	select {
	case h := <-s.hints:
		return h, nil
	case <-ctx.Done():
		return kiosk.Hint{}, ctx.Err()
	}
}

// Close is kiosk.HintSubscription.
func (s *standInHints) Close() {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.gone = true
}

// views gives the view of each subscription that is open.
func (s *StandInHints) views() (open []appliance.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.subs {
		if !sub.gone {
			open = append(open, sub.view)
		}
	}
	return open
}

// tell gives a hint to the newest subscription.
func (s *StandInHints) tell(h kiosk.Hint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs[len(s.subs)-1].hints <- h
}
