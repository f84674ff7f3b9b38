package daemon

import (
	"context"

	"dermbox/appliance"
	"dermbox/camera/quality/live"
	"dermbox/ui/kiosk"
)

// newHints gives the service that has the live picture judged while a page is about to press Capture. What it says is what
// a still would be told; a still goes first.
func (x *box) newHints(p *parts) *live.Watcher {
	gate := x.gate(p)
	return live.NewWatcher(live.Options{
		Hub: p.camera.Hub(), Judge: gate.live, Busy: func() bool { return p.stills.Load() > 0 }, Verdict: gate.verdict, Clock: x.clock,
	})
}

// hints are what is wrong with the live picture as the kiosk needs it.
type hints struct{ *live.Watcher }

func (h hints) Subscribe(view appliance.View) kiosk.HintSubscription {
	return hinting{h.Watcher.Subscribe(view)}
}

type hinting struct{ *live.Subscription }

// Next gives the next hint.
func (h hinting) Next(ctx context.Context) (kiosk.Hint, error) {
	next, err := h.Subscription.Next(ctx)
	hint := kiosk.Hint{Known: next.Known, Pass: next.Pass, Hard: next.Hard, Key: next.Key}
	for _, m := range next.Meters {
		hint.Meters = append(hint.Meters, kiosk.Meter(m))
	}
	return hint, err
}
