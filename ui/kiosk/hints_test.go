package kiosk_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

func withHints(t *testing.T) (*rig, *StandInHints) {
	t.Helper()
	hints := &StandInHints{}
	x, _ := watched(t, func(o *kiosk.Options) { o.Hints = hints })
	return x, hints
}

// said reads the next message, which must be text, as it is.
func (w *watcher) said() (message map[string]any) {
	w.Helper()
	kind, raw := w.read()
	if kind != websocket.TextMessage {
		w.Fatalf("message of kind %d and %d bytes, want a word", kind, len(raw))
	}
	if err := json.Unmarshal(raw, &message); err != nil {
		w.Fatal(err)
	}
	return message
}

// TestAHintOnTheWire is what preview.go says of the message.
func TestAHintOnTheWire(t *testing.T) {
	for name, tt := range map[string]struct {
		hint kiosk.Hint
		want map[string]any
	}{
		"nothing is known": {kiosk.Hint{}, map[string]any{"type": "hint", "known": false}},
		"good": {kiosk.Hint{Known: true, Pass: true},
			map[string]any{"type": "hint", "known": true, "pass": true, "hard": false, "key": "", "sentence": "", "meters": []any{}}},
		"poor": {kiosk.Hint{Known: true, Hard: true, Key: "quality.focus.low", Meters: []kiosk.Meter{
			{Name: "focus", Key: "quality.word.focus.low", Share: 0.25}, {Name: "glare", Key: "quality.word.clipped_high.good", Share: 0, Good: true}}},
			map[string]any{"type": "hint", "known": true, "pass": false, "hard": true, "key": "quality.focus.low", "sentence": text.T("quality.focus.low", nil),
				"meters": []any{
					map[string]any{"name": "focus", "label": "Sharpness", "word": "Blurred", "share": 0.25, "good": false},
					map[string]any{"name": "glare", "label": "Glare", "word": "None", "share": 0.0, "good": true}}}},
	} {
		t.Run(name, func(t *testing.T) {
			x, hints := withHints(t)
			w := x.watch("?capture=1")
			x.eventually("the page listens", func() bool { return len(hints.views()) == 1 })
			hints.tell(tt.hint)
			if d := cmp.Diff(tt.want, w.said()); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestOnlyPagesThatCaptureAreTold, each of its own view; for the others nothing is judged.
func TestOnlyPagesThatCaptureAreTold(t *testing.T) {
	x, hints := withHints(t)
	for _, query := range []string{"", "?capture=0", "?view=macro", "?capture=0&view=macro"} {
		x.watch(query)
	}
	var pages []*watcher
	for i, query := range []string{"?capture=1", "?capture=1&view=macro", "?capture=1&view=", "?capture=1&view=nonsense"} {
		pages = append(pages, x.watch(query))
		x.eventually("the page listens", func() bool { return len(hints.views()) == i+1 })
	}
	if got := hints.views(); !slices.Equal(got, []appliance.View{"dermoscopic", "macro", "dermoscopic", "nonsense"}) {
		t.Errorf("hints of %v", got)
	}
	for _, page := range pages {
		page.conn.Close()
	}
	x.eventually("nobody listens", func() bool { return len(hints.views()) == 0 })
}

// TestAHintReachesAPageThatIsBehind: frames that wait for their answer hold up no hint.
func TestAHintReachesAPageThatIsBehind(t *testing.T) {
	x, hints := withHints(t)
	w := x.watch("?capture=1")
	for seq := uint64(1); seq <= 2; seq++ {
		x.preview.publish(seq)
		w.frame()
	}
	x.preview.publish(3)
	x.eventually("the page listens", func() bool { return len(hints.views()) == 1 })
	hints.tell(kiosk.Hint{Known: true, Pass: true})
	if said := w.said(); said["type"] != "hint" {
		t.Errorf("told %v", said)
	}
}

// TestNoHintOfBeforeComesAfterAChange: the page listens anew with each change of the camera, and while there is no picture not at
// all; what was to be said of the camera of before is never said.
func TestNoHintOfBeforeComesAfterAChange(t *testing.T) {
	x, hints := withHints(t)
	w := x.watch("?capture=1")
	x.eventually("the page listens", func() bool { return len(hints.views()) == 1 })
	hints.mu.Lock()
	before := hints.subs[0]
	hints.mu.Unlock()
	for range 20 {
		x.preview.becomes(camera.StateStalled)
		before.hints <- kiosk.Hint{Known: true, Key: "quality.focus.low"}
		for s := w.word(); s.Type != "state"; s = w.word() { // it may have gone before the change was told
			if s.Type != "hint" {
				t.Fatalf("told %+v", s)
			}
		}
		x.eventually("nobody listens while there is no picture", func() bool { return len(hints.views()) == 0 })
		before.hints <- kiosk.Hint{Known: true, Key: "quality.focus.low"}
		x.preview.becomes(camera.StateReady)
		if s := w.word(); s.Type != "state" || !s.Ready {
			t.Fatalf("told %+v", s)
		}
		x.eventually("the page listens again", func() bool { return len(hints.views()) == 1 })
		hints.tell(kiosk.Hint{Known: true, Pass: true})
		if s := w.said(); s["type"] != "hint" || s["pass"] != true {
			t.Fatalf("told %v", s)
		}
		hints.mu.Lock()
		before = hints.subs[len(hints.subs)-1]
		hints.mu.Unlock()
	}
}
