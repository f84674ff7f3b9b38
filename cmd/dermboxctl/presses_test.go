package main

import (
	"bytes"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
)

// TestPressesSayWhatCameOfThem: one that was replaced, one kept with a reason, one without a frame, one that waits, one that passed.
func TestPressesSayWhatCameOfThem(t *testing.T) {
	least := 5.0
	blurred := appliance.Verdict{HardFail: true, Measures: []appliance.Measure{
		{Name: "image_px", Value: 1080, Pass: true}, {Name: "focus", Value: 3.25, Min: &least, Hard: true, Key: "quality.focus.low"}}}
	var out bytes.Buffer
	(&tool{out: &out}).sayPresses([]store.Attempt{
		{Lesion: "1", View: "dermoscopic", Outcome: "held", Verdict: blurred},
		{Lesion: "1", View: "dermoscopic", Outcome: "kept", Verdict: blurred, Reason: "best-possible"},
		{Lesion: "1", View: "dermoscopic", Outcome: "camera.state.stalled"},
		{Lesion: "2", View: "dermoscopic", Outcome: "held", Verdict: blurred},
		{Lesion: "2", View: "macro", Outcome: "kept", Verdict: appliance.Verdict{Pass: true, Measures: blurred.Measures[:1]}},
	})
	want := `press 1  dermoscopic, replaced by the next press; focus 3.25 (least 5) hard
press 2  dermoscopic, kept, reason best-possible; focus 3.25 (least 5) hard
press 3  dermoscopic, camera.state.stalled; not measured
press 4  dermoscopic, not kept; focus 3.25 (least 5) hard
press 5  macro, kept; all measures pass
`
	if out.String() != want {
		t.Errorf("got:\n%s", out.String())
	}
}
