package inference_test

import (
	"testing"
	"time"

	"dermbox/inference"
)

// An answer is doubted when the self-test after it failed, and only then; the next period begins without a doubt.
func TestPeriodOfAFailedSelfTestIsDoubted(t *testing.T) {
	o, clock := options(t, "wrong later"), &turned{}
	o.Clock, o.Look = clock, time.Millisecond
	c := serve(t, o)
	before, err := c.Assess(within(t), grey(102))
	if err != nil || before.Period == "" || c.Doubted(before.Period) {
		t.Fatalf("%+v, %v", before, err)
	}
	clock.mono.Store(25 * hour)
	waitState(t, c, func(s inference.State) bool { return s.Ready && s.Restarts > 0 })
	after, err := c.Assess(within(t), grey(60)) // an answer that was in doubt would be tested at once
	if err != nil || after.Period == before.Period {
		t.Fatalf("%+v, %v", after, err)
	}
	if !c.Doubted(before.Period) || c.Doubted(after.Period) || c.Doubted("") {
		t.Errorf("doubted: before %v, after %v", c.Doubted(before.Period), c.Doubted(after.Period))
	}
}

// A good self-test ends a period and casts no doubt on it.
func TestPeriodOfAGoodSelfTest(t *testing.T) {
	o, clock := options(t, "good"), &turned{}
	o.Clock, o.Look = clock, time.Millisecond
	c := serve(t, o)
	before, err := c.Assess(within(t), grey(102))
	if err != nil {
		t.Fatal(err)
	}
	clock.mono.Store(25 * hour)
	waitState(t, c, func(s inference.State) bool { return s.SelfTest.UnixNano() >= time.Unix(1.8e9, 25*hour).UnixNano() })
	after, err := c.Assess(within(t), grey(102))
	if err != nil || after.Period == before.Period || c.Doubted(before.Period) || c.Doubted(after.Period) {
		t.Errorf("%+v, %v after %+v", after, err, before)
	}
}

// A change of the model does not let the desk forget what the one before had answered in doubt.
func TestDeskRemembersDoubts(t *testing.T) {
	o, clock := options(t, "wrong later"), &turned{}
	o.Clock, o.Look = clock, time.Millisecond
	d := seated(t, o)
	scores, err := d.Assess(within(t), grey(102))
	if err != nil || d.Doubted(scores.Period) {
		t.Fatalf("%+v, %v", scores, err)
	}
	clock.mono.Store(25 * hour)
	waitState(t, d.Client(), func(s inference.State) bool { return s.Restarts > 0 })
	if err := d.Switch(within(t), again(t, 3), nil); err != nil {
		t.Fatal(err)
	}
	next, err := d.Assess(within(t), grey(102))
	if err != nil || d.Doubted(next.Period) || !d.Doubted(scores.Period) {
		t.Errorf("%+v, %v", next, err)
	}
}
