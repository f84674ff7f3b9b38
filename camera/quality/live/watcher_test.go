package live_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/camera/quality/live"
)

// patience is how long a test waits for what must come; no test measures it.
const patience = 30 * time.Second

// clock stands still until it is moved, and counts who looks: the watcher looks once for each frame that it takes.
type clock struct{ mono, looks atomic.Int64 }

func (c *clock) Now() appliance.Stamp {
	defer c.looks.Add(1)
	return appliance.Stamp{Mono: c.mono.Load()}
}

// rig is a watcher of a hub with a judge that a test holds.
type rig struct {
	*testing.T
	*live.Watcher
	clock clock
	hub   *camera.Hub
	busy  atomic.Bool
	hold  chan struct{} // the judge waits for it; nil: not at all

	mu     sync.Mutex
	judged []string // what the judge was given
	fails  error
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, hub: camera.NewHub()}
	dermoscopic, macro := profile(t, "scope-1080"), profile(t, "scope-1080-macro")
	r.Watcher = live.NewWatcher(live.Options{Hub: r.hub, Judge: r.judge, Busy: r.busy.Load, Clock: &r.clock,
		Verdict: func(v appliance.View, m quality.Metrics) appliance.Verdict {
			switch v {
			case appliance.Dermoscopic:
				return quality.Judge(dermoscopic, m)
			case appliance.Macro:
				return quality.Judge(macro, m)
			}
			return appliance.Verdict{HardFail: true, Measures: []appliance.Measure{{Name: "profile", Key: "daemon.no_profile_for_view"}}}
		}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve ended with %v", err)
		}
	})
	return r
}

func profile(t *testing.T, name string) *quality.Profile {
	t.Helper()
	raw, err := os.ReadFile("../profiles/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := quality.ParseProfile(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judge finds a frame "blurred" out of focus, and a "soft" one fit for a close-up.
func (r *rig) judge(ctx context.Context, jpeg []byte) (quality.Metrics, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.judged = append(r.judged, string(jpeg))
	if r.hold != nil {
		hold := r.hold
		r.mu.Unlock()
		select {
		case <-hold:
		case <-ctx.Done():
		}
		r.mu.Lock()
	}
	values := map[string]float64{quality.Focus: 0.3, quality.ExposureMean: 120, quality.ClippedHigh: 0, quality.ClippedLow: 0}
	switch string(jpeg) {
	case "blurred":
		values[quality.Focus] = 0.05
	case "soft":
		values[quality.Focus] = 0.1
	}
	return quality.Metrics{Live: true, Values: values}, r.fails
}

func (r *rig) given() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.judged...)
}

func (r *rig) eventually(what string, holds func() bool) {
	r.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("never: %s", what)
		}
	}
}

// listen subscribes and waits until the frames are watched.
func (r *rig) listen(view appliance.View) *live.Subscription {
	r.Helper()
	s := r.Subscribe(view)
	r.Cleanup(s.Close)
	r.eventually("the frames are watched", func() bool { return r.hub.Subscribers() == 1 })
	return s
}

// frame shows one frame after a time and waits until the watcher has looked at it.
func (r *rig) frame(after time.Duration, jpeg string) {
	r.Helper()
	r.clock.mono.Add(int64(after))
	before := r.clock.looks.Load()
	r.hub.Publish(camera.Frame{JPEG: []byte(jpeg)})
	r.eventually("the frame is looked at", func() bool { return r.clock.looks.Load() > before })
}

func (r *rig) next(s *live.Subscription) live.Hint {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	h, err := s.Next(ctx)
	if err != nil {
		r.Fatal(err)
	}
	return h
}

// silent checks that a subscription has no hint: what it must not have would be there already.
func (r *rig) silent(s *live.Subscription, why string) {
	r.Helper()
	ctx, cancel := context.WithCancel(r.Context())
	cancel()
	for range 20 { // of two that are ready Next may take either
		if h, err := s.Next(ctx); err == nil {
			r.Fatalf("%s: %+v", why, h)
		}
	}
}

// TestFiveVerdictsASecond, and each of them is told.
func TestFiveVerdictsASecond(t *testing.T) {
	r := newRig(t)
	s := r.listen(appliance.Dermoscopic)
	for i := range 61 { // two seconds at thirty a second
		before := len(r.given())
		r.frame(time.Second/30, "sharp")
		if len(r.given()) > before {
			if h := r.next(s); !h.Pass || !h.Known || len(h.Meters) != 3 {
				t.Fatalf("frame %d: %+v", i, h)
			}
		}
	}
	if n := len(r.given()); n < 10 || n > 11 {
		t.Errorf("%d verdicts in two seconds", n)
	}
}

func TestNobodyListensAndNothingIsDone(t *testing.T) {
	r := newRig(t)
	r.hub.Publish(camera.Frame{JPEG: []byte("sharp")})
	if n := r.hub.Subscribers(); n != 0 {
		t.Fatalf("%d subscriptions although nobody listens", n)
	}
	one, other := r.listen(appliance.Dermoscopic), r.listen(appliance.Macro)
	one.Close()
	one.Close()
	r.frame(time.Second, "sharp")
	r.next(other)
	other.Close()
	r.eventually("nothing is watched", func() bool { return r.hub.Subscribers() == 0 })
	r.listen(appliance.Dermoscopic) // and somebody comes again
	r.frame(time.Second, "sharp")
	r.eventually("it is judged", func() bool { return len(r.given()) == 2 })
}

// TestAStillGoesFirst: frames that come while the judge has a still are let go, and none waits for it to be free.
func TestAStillGoesFirst(t *testing.T) {
	r := newRig(t)
	s := r.listen(appliance.Dermoscopic)
	r.busy.Store(true)
	for range 20 {
		r.frame(time.Second, "sharp")
	}
	if n := len(r.given()); n != 0 {
		t.Fatalf("%d frames were judged beside a still", n)
	}
	r.busy.Store(false)
	r.silent(s, "a hint of no frame")
	r.frame(time.Second, "blurred")
	if h := r.next(s); h.Key != "quality.focus.low" {
		t.Errorf("%+v", h)
	}
}

// TestTheNewestFrameWins: what comes while the judge thinks waits in no queue.
func TestTheNewestFrameWins(t *testing.T) {
	r := newRig(t)
	r.hold = make(chan struct{})
	s := r.listen(appliance.Dermoscopic)
	r.frame(time.Second, "first")
	r.eventually("the judge has it", func() bool { return len(r.given()) == 1 })
	for _, jpeg := range []string{"second", "third", "blurred"} {
		r.clock.mono.Add(int64(time.Second))
		r.hub.Publish(camera.Frame{JPEG: []byte(jpeg)})
	}
	r.hold <- struct{}{}
	r.next(s)
	r.hold <- struct{}{}
	r.next(s)
	if given := r.given(); len(given) != 2 || given[1] != "blurred" {
		t.Errorf("judged: %q", given)
	}
}

// TestNothingOfBeforeIsShown: a frame of before the camera changed is judged for nobody, neither who listened then nor who came
// since, whenever its verdict comes.
func TestNothingOfBeforeIsShown(t *testing.T) {
	r := newRig(t)
	r.hold = make(chan struct{})
	before := r.listen(appliance.Dermoscopic)
	r.frame(time.Second, "blurred")
	r.eventually("the judge has it", func() bool { return len(r.given()) == 1 })
	r.hub.Clear() // the camera goes, and comes back
	since := r.Subscribe(appliance.Dermoscopic)
	defer since.Close()
	looks := r.clock.looks.Load()
	r.hub.Publish(camera.Frame{JPEG: []byte("sharp")})
	r.clock.mono.Add(int64(time.Second))
	r.hold <- struct{}{}
	r.eventually("the next frame is looked at", func() bool { return r.clock.looks.Load() > looks })
	r.silent(before, "a hint of the camera of before")
	r.silent(since, "a hint of the camera of before to who came since")
	r.hold <- struct{}{}
	if h := r.next(since); !h.Pass {
		t.Errorf("%+v", h)
	}
}

// TestWhoComesLateHearsNothingOfAFrameTakenBefore, although the camera did not change: its page may be of another view.
func TestWhoComesLateHearsNothingOfAFrameTakenBefore(t *testing.T) {
	r := newRig(t)
	r.hold = make(chan struct{})
	early := r.listen(appliance.Dermoscopic)
	r.frame(time.Second, "blurred")
	r.eventually("the judge has it", func() bool { return len(r.given()) == 1 })
	late := r.Subscribe(appliance.Dermoscopic)
	defer late.Close()
	r.hold <- struct{}{}
	r.next(early)
	r.silent(late, "a hint of a frame from before")
}

// TestEachViewHasItsProfile.
func TestEachViewHasItsProfile(t *testing.T) {
	r := newRig(t)
	dermoscopic, macro, oblique := r.listen(appliance.Dermoscopic), r.listen(appliance.Macro), r.listen(appliance.Oblique)
	r.frame(time.Second, "soft")
	if h := r.next(dermoscopic); h.Pass || !h.Hard || h.Key != "quality.focus.low" {
		t.Errorf("dermoscopic: %+v", h)
	}
	if h := r.next(macro); !h.Pass {
		t.Errorf("close-up: %+v", h)
	}
	if h := r.next(oblique); h.Pass || h.Key != "daemon.no_profile_for_view" || len(h.Meters) != 0 {
		t.Errorf("a view without a profile: %+v", h)
	}
}

// TestAJudgeThatIsAwayClearsTheHint at once.
func TestAJudgeThatIsAwayClearsTheHint(t *testing.T) {
	r := newRig(t)
	s := r.listen(appliance.Dermoscopic)
	r.frame(time.Second, "blurred")
	r.next(s)
	r.mu.Lock()
	r.fails = appliance.E(appliance.Unavailable, "quality.error.unavailable", nil)
	r.mu.Unlock()
	r.frame(time.Second, "blurred")
	if h := r.next(s); h.Known || h.Key != "" || h.Meters != nil {
		t.Errorf("%+v", h)
	}
}

// TestTheFramesEnd when the camera is closed for good: the supervisor hears of it.
func TestTheFramesEnd(t *testing.T) {
	hub := camera.NewHub()
	hub.Close()
	w := live.NewWatcher(live.Options{Hub: hub, Clock: &clock{}, Busy: func() bool { return false }})
	defer w.Subscribe(appliance.Dermoscopic).Close()
	for range 2 { // it is started again
		if err := w.Serve(t.Context()); appliance.CodeOf(err) != appliance.Unavailable {
			t.Errorf("%v", err)
		}
	}
}
