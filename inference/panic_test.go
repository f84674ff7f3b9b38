package inference_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/inference"
)

// trap is a clock that panics once, as a fault of ours would, when it is asked beneath the function that it is set for.
type trap struct {
	turned
	set atomic.Pointer[string]
}

func (c *trap) Now() appliance.Stamp {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if at := c.set.Load(); at != nil && strings.HasSuffix(f.Function, *at) && c.set.CompareAndSwap(at, nil) {
			panic("Mrs Example, 999 000 0018")
		}
	}
	return c.turned.Now()
}

func (c *trap) arm(function string) { c.set.Store(&function) }

// trapped gives options with a trap for a clock, and their log.
func trapped(t *testing.T) (inference.ClientOptions, *trap, *buffer) {
	o, clock, log := options(t, "good"), &trap{}, &buffer{}
	o.Clock, o.Look, o.Log = clock, time.Millisecond, slog.New(slog.NewTextHandler(log, nil))
	return o, clock, log
}

// once serves a desk and gives what Serve ends with.
func once(t *testing.T, d *inference.Desk) (done <-chan error, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx) }()
	t.Cleanup(cancel)
	return ended, cancel
}

// A panic in any goroutine of the desk ends its service with an error that names no value, and not the program. Served again, it
// judges.
func TestPanicEndsTheServiceAlone(t *testing.T) {
	for name, test := range map[string]struct {
		at    string
		judge bool // a still before, whose answer is in doubt then
		after int64
	}{
		"loading": {at: ".(*Client).load"}, "looking whether a self-test is due": {at: ".(*Client).due"},
		"self-test in use": {at: ".(*Client).check", judge: true, after: 25 * hour},
	} {
		t.Run(name, func(t *testing.T) {
			o, clock, log := trapped(t)
			d := inference.NewDesk(o)
			if !test.judge {
				clock.arm(test.at)
			}
			done, _ := once(t, d)
			var before inference.Scores
			if test.judge {
				var err error
				if before, err = d.Assess(within(t), grey(102)); err != nil {
					t.Fatal(err)
				}
				clock.arm(test.at)
				clock.mono.Store(test.after)
			}
			var err error
			select {
			case err = <-done:
			case <-within(t).Done():
				t.Fatal("the service goes on")
			}
			if p, ok := errors.AsType[*appliance.PanicError](err); !ok || p.Type != "string" || len(p.Where) == 0 || strings.Contains(err.Error(), "Example") {
				t.Errorf("Serve gave %v", err)
			}
			if s := log.String(); strings.Contains(s, "Example") || !strings.Contains(s, "type=string") || !strings.Contains(s, "panic_test.go:") {
				t.Errorf("log %s", s)
			}
			if test.judge && !d.Doubted(before.Period) {
				t.Error("what was answered before the self-test that came to no verdict is not doubted")
			}
			done, stop := once(t, d)
			if v := judgedBy(t, d); v != "2" {
				t.Errorf("judged by %s", v)
			}
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("Serve gave %v", err)
			}
		})
	}
}

// A still that waits for a self-test which panics gets an error, and no answer that was in doubt.
func TestPanicInATestThatAStillWaitsFor(t *testing.T) {
	o, clock, _ := trapped(t)
	d := inference.NewDesk(o)
	done, _ := once(t, d)
	for i, in := range different(5) {
		if i == 4 {
			clock.arm(".(*Client).check")
		}
		_, err := d.Assess(within(t), in)
		if i < 4 && err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			wantKey(t, err, appliance.Unavailable, "inference.not_ready")
		}
	}
	if _, ok := errors.AsType[*appliance.PanicError](<-done); !ok {
		t.Error("Serve gave another error")
	}
}

// A panic over a model that is only tried ends the trial at once; the model in force goes on.
func TestPanicInASwitch(t *testing.T) {
	o, clock, _ := trapped(t)
	d := seated(t, o)
	judgedBy(t, d)
	clock.arm(".(*Client).load")
	err := d.Switch(within(t), again(t, 3), func(string) error { t.Error("committed"); return nil })
	wantKey(t, err, appliance.Internal, "inference.worker")
	if _, ok := errors.AsType[*appliance.PanicError](err); !ok {
		t.Errorf("the cause is lost: %v", err)
	}
	if v, s := judgedBy(t, d), d.Client().State(); v != "2" || s.Restarts != 0 {
		t.Errorf("judged by %s, %d restarts", v, s.Restarts)
	}
	if err := d.Switch(within(t), again(t, 3), nil); err != nil || judgedBy(t, d) != "3" {
		t.Errorf("%v", err)
	}
}
