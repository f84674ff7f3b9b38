package shutter_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera/shutter"
)

func TestPressReachesTheNewestPageOnly(t *testing.T) {
	r := newRig(t)
	p := r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(nil)
	r.await(s, shutter.StateReady)
	older := s.Subscribe()
	defer older.Close()
	newer := s.Subscribe()
	p.tap(keyF9)
	got := r.next(newer)
	if got.ID != 1 || got.Device != "Foot Switch (05f3:00ff)" || got.At != r.clock.Now() {
		t.Fatalf("%+v", got)
	}
	newer.Close()
	newer.Close()
	if _, err := newer.Next(t.Context()); appliance.CodeOf(err) != appliance.Unavailable {
		t.Fatalf("after Close: %v", err)
	}
	r.clock.move(time.Second)
	p.tap(pageDown)
	if got := r.next(older); got.ID != 2 {
		t.Fatalf("the older page, which is the newest again, got %+v", got)
	}
	if presses, dropped := s.Counts(); presses != 2 || dropped != 0 {
		t.Fatalf("%d presses, %d dropped", presses, dropped)
	}
}

func TestPressWithoutAPageIsDropped(t *testing.T) {
	r := newRig(t)
	p := r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(nil)
	r.await(s, shutter.StateReady)
	p.tap(keyF9)
	r.seen(s, 1)
	sub := s.Subscribe()
	defer sub.Close()
	r.clock.move(301 * time.Millisecond)
	p.tap(keyF9)
	if got := r.next(sub); got.ID != 2 {
		t.Fatalf("the page got press %d, from before it was there", got.ID)
	}
	if _, dropped := s.Counts(); dropped != 1 {
		t.Fatalf("%d dropped", dropped)
	}
}

// A press that waited must never take the next patient's picture.
func TestStalePressIsDropped(t *testing.T) {
	r := newRig(t)
	p := r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(nil)
	r.await(s, shutter.StateReady)
	sub := s.Subscribe()
	defer sub.Close()

	p.tap(keyF9) // noticed, and nobody takes it
	r.seen(s, 1)
	r.clock.move(501 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got, err := sub.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, dropped := s.Counts(); dropped != 1 {
		t.Fatalf("%d dropped after a wait", dropped)
	}

	late := r.clock.Now().Mono // the kernel had it half a second before we read it
	r.clock.move(502 * time.Millisecond)
	p.send(shutter.Event{Time: late, Type: evKey, Code: keyF9, Value: pressed})
	r.seen(s, 2)
	if _, dropped := s.Counts(); dropped != 2 {
		t.Fatalf("%d dropped after a late read", dropped)
	}

	r.clock.move(time.Second)
	p.tap(keyF9)
	r.seen(s, 3)
	r.clock.move(500 * time.Millisecond)
	if got := r.next(sub); got.ID != 3 {
		t.Fatalf("%+v", got)
	}
}

// A page that takes over does not get what was meant for the one before, and that one gets it no more either.
func TestNewPageVoidsWhatWaits(t *testing.T) {
	r := newRig(t)
	p := r.plug(5, "05f3", "00ff", "", "Foot Switch")
	s := r.serve(nil)
	r.await(s, shutter.StateReady)
	older := s.Subscribe()
	defer older.Close()
	p.tap(keyF9)
	r.seen(s, 1)
	s.Subscribe().Close()
	if _, dropped := s.Counts(); dropped != 1 {
		t.Fatalf("%d dropped", dropped)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := older.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestWhatIsAPress(t *testing.T) {
	for name, tt := range map[string]struct {
		events []shutter.Event // times in milliseconds from the first
		want   uint64          // presses before the closing one
	}{
		"press":              {[]shutter.Event{{0, evKey, keyF9, pressed}}, 1},
		"release":            {[]shutter.Event{{0, evKey, keyF9, released}}, 0},
		"repeat":             {[]shutter.Event{{0, evKey, keyF9, pressed}, {400, evKey, keyF9, held}, {800, evKey, keyF9, held}}, 1},
		"bounce":             {[]shutter.Event{{0, evKey, keyF9, pressed}, {5, evKey, keyF9, released}, {299, evKey, keyF9, pressed}}, 1},
		"two":                {[]shutter.Event{{0, evKey, keyF9, pressed}, {300, evKey, keyF9, pressed}}, 2},
		"two keys":           {[]shutter.Event{{0, evKey, keyF9, pressed}, {10, evKey, pageDown, pressed}}, 1},
		"another key":        {[]shutter.Event{{0, evKey, keyA, pressed}}, 0},
		"no key":             {[]shutter.Event{{0, evRel, keyF9, pressed}}, 0},
		"of the future":      {[]shutter.Event{{90_000, evKey, keyF9, pressed}}, 1},
		"of no time":         {[]shutter.Event{{-1 << 40, evKey, keyF9, pressed}}, 1},
		"a value of no kind": {[]shutter.Event{{0, evKey, keyF9, -1}, {0, evKey, keyF9, 3}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			p := r.plug(5, "05f3", "00ff", "", "Foot Switch")
			s := r.serve(nil)
			r.await(s, shutter.StateReady)
			start := r.clock.Now().Mono
			r.clock.move(time.Second)
			for _, e := range tt.events {
				e.Time = start + e.Time*int64(time.Millisecond)
				p.send(e)
			}
			r.seen(s, tt.want)
			sub := s.Subscribe()
			defer sub.Close()
			r.clock.move(time.Minute)
			p.tap(keyF9) // whatever came before it is stale by now
			if got := r.next(sub); got.ID != tt.want+1 {
				t.Fatalf("%d presses, not %d", got.ID-1, tt.want)
			}
		})
	}
}
