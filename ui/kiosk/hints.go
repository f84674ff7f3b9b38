package kiosk

import (
	"context"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// hintsOf gives how a viewer subscribes to the hints of its page's view; nil for one that is told none.
func (k *kiosk) hintsOf(v *viewer, view string) func() HintSubscription {
	if k.Hints == nil || !v.captures {
		return nil
	}
	asked := appliance.View(orElse(view, string(appliance.Dermoscopic)))
	return func() HintSubscription { return k.Hints.Subscribe(asked) }
}

// passHints tells the page each hint until the camera changes. It has ended before the change is told, so that no hint from
// before it comes after it. One that cannot go promptly is forgotten: the next is newer.
func (v *viewer) passHints(steady context.Context) {
	hints := v.hints()
	defer hints.Close()
	for {
		h, err := hints.Next(steady)
		if err != nil {
			return
		}
		if v.sendJSON(steady, promptly, hintMessage(h)) != nil && steady.Err() != nil {
			return
		}
	}
}

func hintMessage(h Hint) map[string]any {
	if !h.Known {
		return map[string]any{"type": "hint", "known": false}
	}
	sentence := ""
	if h.Key != "" {
		sentence = text.T(h.Key, nil)
	}
	meters := []map[string]any{}
	for _, m := range h.Meters {
		meters = append(meters, map[string]any{"name": m.Name, "label": text.T("kiosk.meter."+m.Name, nil), "word": text.T(m.Key, nil), "share": m.Share, "good": m.Good})
	}
	return map[string]any{"type": "hint", "known": true, "pass": h.Pass, "hard": h.Hard, "key": h.Key, "sentence": sentence, "meters": meters}
}
