package intake_test

import (
	"errors"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

// fill brings the visit to n stills without pressing for each.
func (r *rig) fill(n int) {
	r.t.Helper()
	c, err := r.cases.Case(r.t.Context(), r.id)
	if err != nil {
		r.t.Fatal(err)
	}
	for len(c.Captures) < n {
		c.Captures = append(c.Captures, appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), LesionID: r.lesion, View: appliance.Macro})
	}
	if err := r.cases.put(c, actOf("test")); err != nil {
		r.t.Fatal(err)
	}
}

// A visit of more stills than the protocol takes could be signed off and never sent: the press is refused in time.
func TestAVisitTakesOnlyAsManyStillsAsCanBeSent(t *testing.T) {
	r := newRig(t).toImages()
	r.fill(appliance.MaxStills - 1)
	r.judge.verdict = appliance.Verdict{}
	held, err := r.press()
	if err != nil || held.Kept {
		t.Fatalf("%+v, %v", held, err)
	}
	r.fill(appliance.MaxStills)
	_, err = r.press()
	wantKey(t, err, "error.capture.too_many")
	_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, held.AttemptID, "best-possible")
	wantKey(t, err, "error.capture.too_many")
}

// A full visit must not hold its patient: a lesion without a dermoscopic image goes to a human.
func TestAFullVisitCanBeSignedOff(t *testing.T) {
	r := newRig(t).toImages()
	r.fill(appliance.MaxStills)
	v := r.must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.NotAssessed || f.Route != appliance.DermReviewNoAI {
		t.Fatalf("%+v", f)
	}
}

// A visit that is resumed after a restart asks about each of its stills, and no more than two are decoded at once: a burst would
// hold a gigabyte.
func TestResumeAsksAboutAFewStillsAtATime(t *testing.T) {
	r := newRig(t).toImages()
	c, err := r.cases.Case(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	camera, _ := r.camera.Optics()
	for range 20 {
		c.Captures = append(c.Captures, appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), LesionID: r.lesion,
			View: appliance.Dermoscopic, Camera: camera, Quality: appliance.Verdict{Pass: true}})
	}
	if err := r.cases.put(c, actOf("test")); err != nil {
		t.Fatal(err)
	}
	r.model.takes = 5 * time.Millisecond
	f := r.must(r.signOff()).Case.Findings[0]
	if len(f.Stills) != 20 || f.Status != appliance.Assessed {
		t.Errorf("%d answers, %s", len(f.Stills), f.Status)
	}
	if r.model.most > 2 {
		t.Errorf("%d stills were with the model at once", r.model.most)
	}
}

func TestAVisitTakesOnlyAsManyLesionsAsCanBeSent(t *testing.T) {
	r := newRig(t).toImages()
	for range appliance.MaxLesions - 1 {
		r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, lesion()))
	}
	_, err := r.service.PutLesion(t.Context(), r.id, r.banner, r.op, lesion())
	wantKey(t, err, "error.lesion.too_many")
	if e, _ := errors.AsType[*appliance.Error](err); e.Params["max"] != "20" {
		t.Errorf("the sentence says %v", e.Params)
	}
	l := lesion()
	l.ID, l.Scar = r.lesion, appliance.Yes // one that is there can still be corrected
	r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
}

// What is asked at some sites only may be left open, which the rules take as the safe side, and nothing else may stand in it.
func TestAnswersThatAreAskedAtSomeSites(t *testing.T) {
	r := newRig(t).toImages()
	l := lesion()
	l.ID, l.Site, l.Laterality, l.AcralSide = r.lesion, "244169007", appliance.Left, "perhaps"
	_, err := r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l)
	wantKey(t, err, "error.answer_missing")
	for answer, hit := range map[appliance.Answer]bool{appliance.NotAsked: true, appliance.Yes: true, appliance.Unsure: true, appliance.No: false} {
		l.AcralSide = answer
		v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
		if got := len(v.Hits) == 1 && v.Hits[0].Rule == "X02"; got != hit || !hit && len(v.Hits) != 0 {
			t.Errorf("palmar side %q: %+v", answer, v.Hits)
		}
	}
}

// A visit that was begun before the box was enrolled belongs to the trust that it is enrolled with when it is signed off: the hub
// refuses a case of any other, for ever.
func TestSignOffStampsWhereTheBoxStandsNow(t *testing.T) {
	r := newRig(t)
	r.service.Site = appliance.Site{Trust: "XXX", Code: "XXX01", Name: "To be set", Room: "2", Pathway: appliance.TriagePriority}
	r.service.DeviceID = "not-enrolled"
	r.captured()
	r.service.Close()
	o := r.service.Options
	o.Site = appliance.Site{Trust: "RX0", Code: "RX0DM", Name: "Clinic", Room: "5", Pathway: appliance.Shadow}
	o.DeviceID, o.LesionCap = "box1", 3
	r.service = intake.New(o)
	c := r.must(r.signOff()).Case
	want := appliance.Site{Trust: "RX0", Code: "RX0DM", Name: "Clinic", Room: "2", Pathway: appliance.TriagePriority, LesionCap: 3}
	if c.Site != want || c.DeviceID != "box1" {
		t.Errorf("site %+v, device %s; want %+v", c.Site, c.DeviceID, want)
	}
}
