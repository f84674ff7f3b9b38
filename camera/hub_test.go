package camera_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
)

func TestHubNewestWins(t *testing.T) {
	h := camera.NewHub()
	fast, slow := h.Subscribe(), h.Subscribe()
	for seq := uint64(1); seq <= 5; seq++ {
		h.Publish(camera.Frame{Seq: seq})
		if f, err := fast.Next(t.Context()); err != nil || f.Seq != seq {
			t.Fatalf("%d %v", f.Seq, err)
		}
	}
	if f, err := slow.Next(t.Context()); err != nil || f.Seq != 5 || slow.Dropped() != 4 || fast.Dropped() != 0 {
		t.Fatalf("%d, dropped %d and %d, %v", f.Seq, slow.Dropped(), fast.Dropped(), err)
	}
	if h.Subscribers() != 2 {
		t.Fatal(h.Subscribers())
	}
	slow.Close()
	slow.Close()
	if _, err := slow.Next(t.Context()); appliance.CodeOf(err) != appliance.Unavailable || h.Subscribers() != 1 {
		t.Fatalf("%v, %d subscribers", err, h.Subscribers())
	}
}

func TestHubNextEnds(t *testing.T) {
	h := camera.NewHub()
	s := h.Subscribe()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h.Close()
	for _, s := range []*camera.Subscription{s, h.Subscribe()} {
		if _, err := s.Next(t.Context()); appliance.CodeOf(err) != appliance.Unavailable {
			t.Fatal(err)
		}
		s.Close()
	}
}

func TestHubUnderLoad(t *testing.T) {
	h := camera.NewHub()
	var wg sync.WaitGroup
	for range 8 {
		s := h.Subscribe()
		wg.Go(func() {
			for last := uint64(0); ; {
				f, err := s.Next(context.Background())
				if err != nil {
					return
				}
				if f.Seq <= last {
					t.Errorf("%d after %d", f.Seq, last)
				}
				last = f.Seq
			}
		})
	}
	for seq := uint64(1); seq <= 2000; seq++ {
		h.Publish(camera.Frame{Seq: seq})
	}
	h.Close()
	wg.Wait()
}
