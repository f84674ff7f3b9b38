package inference_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/inference"
)

// turned is a clock that the test turns.
type turned struct{ mono atomic.Int64 }

func (c *turned) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Unix(1.8e9, c.mono.Load()), Mono: c.mono.Load()}
}
func (c *turned) Bounded() time.Time { return time.Unix(1.8e9, 0) }

const hour = int64(time.Hour)

func TestDailySelfTest(t *testing.T) {
	o, clock := options(t, "good"), &turned{}
	o.Clock, o.Look = clock, time.Millisecond
	c := serve(t, o)
	first := waitState(t, c, func(s inference.State) bool { return s.Ready }).SelfTest
	clock.mono.Store(23 * hour)
	time.Sleep(20 * time.Millisecond)
	if got := c.State().SelfTest; !got.Equal(first) {
		t.Fatalf("tested again after 23 hours, at %v", got)
	}
	clock.mono.Store(24 * hour)
	s := waitState(t, c, func(s inference.State) bool { return s.SelfTest.After(first) })
	if !s.Ready || s.Restarts != 0 || s.Engine != "made-up engine" {
		t.Fatalf("%+v", s)
	}
}

// A model that no longer gives its known answers is not used from then on; the worker is exchanged, and the next one is asked.
func TestDailySelfTestFails(t *testing.T) {
	var log buffer
	o, clock := options(t, "wrong later"), &turned{}
	o.Clock, o.Look = clock, time.Millisecond
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Restart.Min, o.Restart.Max = 300*time.Millisecond, 300*time.Millisecond
	c := serve(t, o)
	waitState(t, c, func(s inference.State) bool { return s.Ready })
	for range 3 {
		if _, err := c.Assess(within(t), grey(102)); err != nil {
			t.Fatal(err)
		}
	}
	clock.mono.Store(25 * hour)
	waitState(t, c, func(s inference.State) bool { return !s.Ready && s.Key == "inference.golden_mismatch" })
	_, err := c.Assess(within(t), grey(60))
	if err != nil { // it may be exchanged by now
		wantKey(t, err, appliance.Unverified, "inference.golden_mismatch")
	}
	waitState(t, c, func(s inference.State) bool { return s.Ready && s.Restarts > 0 })
	if got := log.String(); !strings.Contains(got, "failed its self-test") || !strings.Contains(got, "stills_judged_since_last_good=3") {
		t.Fatalf("log %s", got)
	}
}

// The daily test waits until no still is with the model.
func TestDailySelfTestWaitsForAStill(t *testing.T) {
	o, clock := options(t, "good"), &turned{}
	o.Clock, o.Look, o.Stall = clock, time.Millisecond, time.Second
	c := serve(t, o)
	first := waitState(t, c, func(s inference.State) bool { return s.Ready }).SelfTest
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := c.Assess(ctx, grey(hangAt)); done <- err }()
	time.Sleep(20 * time.Millisecond)
	clock.mono.Store(48 * hour)
	time.Sleep(20 * time.Millisecond)
	if got := c.State().SelfTest; !got.Equal(first) {
		t.Fatal("tested while a still was with the model")
	}
	cancel()
	<-done
	waitState(t, c, func(s inference.State) bool { return s.SelfTest.After(first) })
}

// different gives stills that differ while the made-up model, which looks at the first pixel, answers them alike.
func different(n int) []inference.Input {
	out := []inference.Input{}
	for i := range n {
		out = append(out, spotted(byte(i*8)))
	}
	return out
}

// A runtime that has got stuck answers all with the same: the answer that makes it plain is not used, nor those after it.
func TestConstantAnswerFails(t *testing.T) {
	o := options(t, "stuck")
	o.Restart.Min, o.Restart.Max = time.Minute, time.Minute
	c := serve(t, o)
	stills := different(8)
	for i, in := range stills {
		_, err := c.Assess(within(t), in)
		if i < 4 && err != nil {
			t.Fatalf("still %d: %v", i, err)
		}
		if i >= 4 {
			wantKey(t, err, appliance.Unverified, "inference.golden_mismatch")
		}
	}
	if s := c.State(); s.Ready || s.Key != "inference.golden_mismatch" || c.Expected() {
		t.Fatalf("%+v", s)
	}
}

// A sound model may give many pictures the same answer; it is asked once and not for each still.
func TestConstantAnswerOfASoundModel(t *testing.T) {
	var log buffer
	o := options(t, "good")
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	c := serve(t, o)
	for i, in := range append(different(10), different(10)...) {
		if _, err := c.Assess(within(t), in); err != nil {
			t.Fatalf("still %d: %v", i, err)
		}
	}
	if n := strings.Count(log.String(), "it is tested"); n != 1 {
		t.Fatalf("tested %d times", n)
	}
}

// The same still again is no sign of anything.
func TestSameStillAgain(t *testing.T) {
	c := serve(t, options(t, "stuck"))
	for range 12 {
		if _, err := c.Assess(within(t), grey(77)); err != nil {
			t.Fatal(err)
		}
	}
}

// Health says why a still got no answer until one gets an answer again.
func TestTroubleIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		at  byte
		key string
	}{
		"not a number": {nanAt, "inference.bad_output"}, "sum": {sumAt, "inference.bad_output"},
		"crash": {dieAt, "inference.worker.crashed"}, "spin": {spinAt, "inference.worker.cpu"}, "hang": {hangAt, "inference.deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, "good")
			o.Stall = 3 * time.Minute // a busy machine takes long to use up a second of processor time
			if name == "hang" {
				o.Stall = time.Second
			}
			c := serve(t, o)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			_, err := c.Assess(ctx, grey(test.at))
			if e, ok := err.(*appliance.Error); !ok || e.Key != test.key {
				t.Fatalf("got %v, want %s", err, test.key)
			}
			s := waitState(t, c, func(s inference.State) bool { return s.Ready })
			if s.Trouble == nil || s.Trouble.Key != test.key {
				t.Fatalf("%+v", s)
			}
			if _, err := c.Assess(within(t), grey(102)); err != nil {
				t.Fatal(err)
			}
			if s := c.State(); s.Trouble != nil {
				t.Fatalf("%+v", s)
			}
		})
	}
}

type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
