package inference_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/inference"
)

// A runtime that sticks again and again with fresh workers gives four answers before it is found out, and then none.
func TestStuckAgainAndAgain(t *testing.T) {
	c := serve(t, options(t, "stuck"))
	used := 0
	for _, in := range different(30) {
		waitState(t, c, func(s inference.State) bool { return s.Ready || s.Key == "inference.set_aside" })
		scores, err := c.Assess(within(t), in)
		if err == nil {
			used++
		}
		if appliance.CodeOf(err) == "" && c.Doubted(scores.Period) {
			t.Error("an answer of a period in doubt was given")
		}
	}
	if used != 4 {
		t.Errorf("%d stuck answers were given", used)
	}
	s := c.State()
	if s.Ready || s.Key != "inference.set_aside" || c.Expected() {
		t.Errorf("%+v", s)
	}
	_, err := c.Assess(within(t), grey(102))
	wantKey(t, err, appliance.Unverified, "inference.set_aside")
}

// suspected gives a client whose next different still has it tested, in a test that hangs.
func suspected(t *testing.T, stall time.Duration) (c *inference.Client, end func()) {
	o := options(t, "stuck, test hangs")
	o.Stall = stall
	c = inference.NewClient(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx) }()
	end = func() { cancel(); <-done; done <- nil }
	t.Cleanup(end)
	for _, in := range different(4) {
		if _, err := c.Assess(within(t), in); err != nil {
			t.Fatal(err)
		}
	}
	return c, end
}

// A self-test that is broken off says nothing: no still that waits for it gets its answer.
func TestBrokenOffSelfTestIsAnError(t *testing.T) {
	c, end := suspected(t, time.Minute)
	failed := make(chan error, 2)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // one may wait for a worker that never comes
	defer cancel()
	for i := range 2 {
		go func() { _, err := c.Assess(ctx, spotted(byte(100+i*40))); failed <- err }()
	}
	time.Sleep(200 * time.Millisecond)
	end()
	for range 2 {
		if err := <-failed; appliance.CodeOf(err) != appliance.Unavailable {
			t.Errorf("got %v", err)
		}
	}
}

// A still waits for a self-test no longer than its context lets it.
func TestAssessIsBoundedDuringASelfTest(t *testing.T) {
	c, _ := suspected(t, 10*time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := c.Assess(ctx, spotted(200))
	wantKey(t, err, appliance.Unavailable, "inference.not_ready")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
