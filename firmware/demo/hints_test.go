package demo_test

import (
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// liveHints follows what a page in its capture step is told while the dermatoscope is spoilt and mended: by the real camera, judge and
// daemon.
func liveHints(t *testing.T, r *rig) {
	v, err := r.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.control(t, "--subject", "nv,2,400003", "none")
	defer r.control(t, "none")
	dermoscopic, macro := r.aim(t, v, appliance.Dermoscopic), r.aim(t, v, appliance.Macro)
	good := func(h demo.LiveHint) bool { return h.Known && h.Pass && len(h.Meters) >= 3 }
	dermoscopic.told(t, "the picture is good", good)
	macro.told(t, "somebody looks at it as a close-up", func(h demo.LiveHint) bool { return h.Known })
	for fault, key := range map[string]string{"blur": "quality.focus.low", "darken": "quality.exposure_mean.low"} {
		r.control(t, fault)
		dermoscopic.told(t, fault, func(h demo.LiveHint) bool { return h.Known && !h.Pass && h.Hard && h.Key == key })
		macro.told(t, fault+" of a close-up, which is soft", func(h demo.LiveHint) bool { return h.Known && !h.Pass && !h.Hard && h.Key != "" })
		r.control(t, "none")
		dermoscopic.told(t, "the picture is good again", good)
	}
	if err := v.Capture(t.Context()); err != nil { // a visit that is begun is brought to its end
		t.Fatal(err)
	}
	if err := v.SignOff(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.received(t, v.ID())
}

// listener is a page that is told hints.
type listener struct{ hints chan demo.LiveHint }

// aim opens the live picture for a view and answers all of its frames until the test ends.
func (r *rig) aim(t *testing.T, v *demo.Visit, view appliance.View) listener {
	t.Helper()
	live, err := v.Browser.Aim(t.Context(), view)
	if err != nil {
		t.Fatal(err)
	}
	l, done := listener{make(chan demo.LiveHint, 1)}, make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := live.Next()
			if err != nil {
				return
			}
			if m.Hint == nil {
				continue
			}
			select { // the newest wins
			case <-l.hints:
			default:
			}
			l.hints <- *m.Hint
		}
	}()
	t.Cleanup(func() { live.Close(); <-done })
	return l
}

// told waits until the page is told so.
func (l listener) told(t *testing.T, what string, so func(demo.LiveHint) bool) {
	t.Helper()
	var last demo.LiveHint
	for late := time.After(60 * time.Second); ; {
		select {
		case last = <-l.hints:
			if so(last) {
				return
			}
		case <-late:
			t.Fatalf("never: %s; the last hint was %+v", what, last)
		}
	}
}
