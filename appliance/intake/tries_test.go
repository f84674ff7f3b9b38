package intake_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

// TestEachPressLeavesItsScores: refused, replaced, kept with a reason, and without a frame.
func TestEachPressLeavesItsScores(t *testing.T) {
	r := newRig(t).toImages()
	value := 0.0
	judge := func(pass bool) {
		value++
		r.judge.verdict = appliance.Verdict{Pass: pass, Measures: []appliance.Measure{{Name: "focus", Value: value}}}
	}
	judge(false)
	r.press()
	judge(false)
	replacing, err := r.press()
	if err != nil {
		t.Fatal(err)
	}
	r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, replacing.AttemptID, "site-hard-to-reach"))
	judge(true)
	r.cases.failKeep = appliance.E(appliance.Full, "storage.full", nil)
	_, err = r.press()
	wantKey(t, err, "storage.full")
	r.cases.failKeep = nil
	r.camera.next = func(appliance.Stamp) (intake.Still, error) {
		return intake.Still{}, appliance.E(appliance.Unavailable, "camera.state.stalled", nil)
	}
	_, err = r.press()
	wantKey(t, err, "camera.state.stalled")
	want := []struct {
		outcome, reason string
		focus           float64
	}{{"held", "", 1}, {"held", "", 2}, {"kept", "site-hard-to-reach", 2}, {"storage.full", "", 3}, {"camera.state.stalled", "", 0}}
	got := r.cases.attempts[r.id] // the store has one row for the second and third: they have one id
	if len(got) != len(want) || got[1].ID != got[2].ID {
		t.Fatalf("%d attempts", len(got))
	}
	for i, a := range got {
		scored := len(a.Verdict.Measures) == 1 && a.Verdict.Measures[0].Value == want[i].focus || want[i].focus == 0 && len(a.Verdict.Measures) == 0
		if a.Outcome != want[i].outcome || a.Reason != want[i].reason || !scored || a.View != appliance.Dermoscopic || a.Lesion != r.lesion {
			t.Errorf("attempt %d: %+v", i, a)
		}
	}
}

// TestThreeFailuresOfAView are counted for each lesion and view, whether the gate refused or no frame came; a still that is kept
// is no failure.
func TestThreeFailuresOfAView(t *testing.T) {
	r := newRig(t).toImages()
	look := func() *appliance.VisitView {
		t.Helper()
		return r.must(r.service.View(t.Context(), r.id))
	}
	r.judge.verdict = appliance.Verdict{}
	r.press()
	r.pressView(appliance.Macro)
	r.camera.next = func(appliance.Stamp) (intake.Still, error) {
		return intake.Still{}, appliance.E(appliance.Unavailable, "camera.state.stalled", nil)
	}
	r.press()
	if v := look(); v.Unobtainable(r.lesion, appliance.Dermoscopic) || v.Failed[r.lesion][appliance.Dermoscopic] != 2 || v.Step != appliance.StepImages {
		t.Fatalf("after two failures: %+v, step %s", v.Failed, v.Step)
	}
	r.press()
	v := look()
	if !v.Unobtainable(r.lesion, appliance.Dermoscopic) || v.Step != appliance.StepCheck {
		t.Fatalf("after three failures: %+v, step %s", v.Failed, v.Step)
	}
	if v.Unobtainable(r.lesion, appliance.Macro) || v.Failed[r.lesion][appliance.Macro] != 1 {
		t.Errorf("of the close-up: %+v", v.Failed)
	}
	r.judge.verdict = hashed("")
	r.camera.next = nil
	if r.pressView(appliance.Oblique); look().Failed[r.lesion][appliance.Oblique] != 0 {
		t.Error("a still that was kept counts as a failure")
	}
	r.judge.verdict = appliance.Verdict{}
	r.second()
	if v := look(); v.Unobtainable(r.lesion, appliance.Dermoscopic) || v.Step != appliance.StepImages {
		t.Errorf("another lesion begins anew: %+v, step %s", v.Failed, v.Step)
	}
	r.lesion = v.Case.Lesions[0].ID
	held, err := r.press()
	if err != nil {
		t.Fatal(err)
	}
	if v := r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, held.AttemptID, "best-possible")); v.Unobtainable(r.lesion, appliance.Dermoscopic) {
		t.Error("an image was obtained")
	}
}
