package intake_test

import (
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

// hashed is a verdict that passes, on a picture with a hash.
func hashed(hash string) appliance.Verdict { return appliance.Verdict{Pass: true, Hash: hash} }

// second adds another lesion and has the next presses be of it.
func (r *rig) second() {
	r.t.Helper()
	v := r.must(r.service.PutLesion(r.t.Context(), r.id, r.banner, r.op, lesion()))
	r.lesion = v.Case.Lesions[len(v.Case.Lesions)-1].ID
}

func (r *rig) pressView(view appliance.View) *appliance.CaptureResult {
	r.t.Helper()
	result, err := r.service.Capture(r.t.Context(), r.id, r.banner, r.op, r.lesion, view)
	if err != nil {
		r.t.Fatal(err)
	}
	return result
}

// Hazard H02: a still is held against those of the visit's other lesions in the same view, and against no others.
func TestAStillIsHeldAgainstOtherLesions(t *testing.T) {
	r := newRig(t).toImages()
	first := r.lesion
	r.judge.verdict = hashed("aaaaaaaaaaaaaaaa")
	if r.press(); len(r.judge.others) != 0 || r.judge.view != appliance.Dermoscopic {
		t.Errorf("the first still: %s, %v", r.judge.view, r.judge.others)
	}
	r.judge.verdict = hashed("bbbbbbbbbbbbbbbb")
	if r.press(); len(r.judge.others) != 0 {
		t.Errorf("another still of the same lesion is held against it: %v", r.judge.others)
	}
	r.judge.verdict = hashed("cccccccccccccccc")
	if r.pressView(appliance.Macro); len(r.judge.others) != 0 || r.judge.view != appliance.Macro {
		t.Errorf("a close-up of it: %s, %v", r.judge.view, r.judge.others)
	}
	r.second()
	r.judge.verdict = hashed("")
	want := []intake.Other{{Label: "L1", Hash: "aaaaaaaaaaaaaaaa"}, {Label: "L1", Hash: "bbbbbbbbbbbbbbbb"}}
	if r.pressView(appliance.Dermoscopic); !slices.Equal(r.judge.others, want) {
		t.Errorf("the second lesion: %v", r.judge.others)
	}
	if r.pressView(appliance.Macro); !slices.Equal(r.judge.others, []intake.Other{{Label: "L1", Hash: "cccccccccccccccc"}}) {
		t.Errorf("its close-up: %v", r.judge.others)
	}
	r.lesion = first // the second one's stills have no hash, as those that nothing judged
	if r.press(); len(r.judge.others) != 0 {
		t.Errorf("the first again: %v", r.judge.others)
	}
}

// A twin that is kept with a reason is judged by no model: a human looks.
func TestATwinIsJudgedByNobody(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	asked := r.model.asked()
	r.second()
	r.judge.verdict = appliance.Verdict{HardFail: true, Measures: []appliance.Measure{{Name: "twin", Hard: true, Key: "quality.twin.low"}}}
	held := r.pressView(appliance.Dermoscopic)
	if held.Kept {
		t.Fatal("kept without a word")
	}
	r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, held.AttemptID, "best-possible"))
	v := r.must(r.signOff())
	if f := v.Case.Findings[1]; f.Status != appliance.NotAssessed || f.Reason != "X18" || f.Route != appliance.DermReviewNoAI || r.model.asked() != asked {
		t.Errorf("%+v, asked %d times", f, r.model.asked()-asked)
	}
}
