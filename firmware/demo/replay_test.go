package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance/text"
	"dermbox/firmware/demo"
)

// TestR19ReplayedFrameIsRefused: the scope gives what it gave for the first patient again, each frame under a new number and time of
// exposure. The second patient's press is answered with a sentence, nothing is kept, and after the fault a still of their own is.
func TestR19ReplayedFrameIsRefused(t *testing.T) {
	r := newRig(t, nil)
	r.startAll(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, err := r.Begin(ctx)
	must(err)
	must(first.Capture(ctx))
	must(r.ScopeFault(ctx, "replay"))
	theirs, err := r.Trace(ctx, first.ID())
	must(err)
	must(first.SignOff(ctx))
	second, err := r.Begin(ctx)
	must(err)
	for range 2 { // the third would end the photographs of this lesion
		err := second.Capture(ctx)
		if err == nil || !strings.Contains(err.Error(), text.T("camera.error.frozen", nil)) && !strings.Contains(err.Error(), text.T("error.capture.seen_before", nil)) {
			t.Fatalf("a press on replayed frames: %v", err)
		}
		if own, err := r.Trace(ctx, second.ID()); err != nil || len(own.Captures) != 0 {
			t.Fatalf("kept %+v, %v", own.Captures, err)
		}
		must(second.Continue(ctx))
	}
	must(r.ScopeFault(ctx, "none"))
	ready := func(c demo.Check) bool { return c.Name == "camera" && c.Key == "camera.state.ready" }
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if s, err := r.Status(ctx); err == nil && slices.ContainsFunc(s.Health.Checks, ready) {
			break
		}
	}
	must(second.Capture(ctx))
	own, err := r.Trace(ctx, second.ID())
	must(err)
	if len(theirs.Captures) != 1 || len(own.Captures) != 1 || own.Captures[0].SHA256 == theirs.Captures[0].SHA256 {
		t.Errorf("the first has %+v, the second %+v", theirs.Captures, own.Captures)
	}
}
