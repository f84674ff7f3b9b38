package intake_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

// judged waits until the lesion has a finding about its newest still.
func (r *rig) judged() appliance.Finding {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		v, err := r.service.View(r.t.Context(), r.id)
		if err != nil {
			r.t.Fatal(err)
		}
		f, ok := v.Case.Finding(r.lesion)
		stills := v.Case.CapturesOf(r.lesion)
		if ok && len(f.Captures) == 1 && f.Captures[0] == stills[len(stills)-1].ID {
			return *f
		}
	}
	r.t.Fatal("the lesion was never judged")
	return appliance.Finding{}
}

// Hazard H01: a poor still of one patient waits for a reason while the patient is corrected. It must not be kept for the
// next one, whoever asks.
func TestHeldStillIsNotKeptForAnotherPatient(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.verdict = appliance.Verdict{}
	result, err := r.press()
	if err != nil || result.Kept {
		t.Fatalf("%+v, %v", result, err)
	}
	if v, err := r.service.View(t.Context(), r.id); err != nil || v.Held == nil {
		t.Fatalf("a page would not offer the held still: %v", err)
	}
	p, ref := patient()
	p.GivenName = "Anna"
	v := r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
	if v.Held != nil {
		t.Error("a page of the corrected patient offers the still of the one before")
	}
	_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, result.AttemptID, "best-possible")
	wantKey(t, err, "error.visit.banner")
	if len(r.cases.images) != 0 {
		t.Fatal("it was kept")
	}
}

// Hazard H01: what one patient agreed to and said must not become another's.
func TestAnswersNeverMoveToAnotherPatient(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*appliance.Patient)
		key  string
	}{
		"a slip in a name":             {func(p *appliance.Patient) { p.GivenName = "Anna" }, ""},
		"a slip in the date":           {func(p *appliance.Patient) { p.BirthDate = "1960-03-02" }, ""},
		"another number":               {func(p *appliance.Patient) { p.NHSNumber = "9990000018" }, ""},
		"another name and date":        {func(p *appliance.Patient) { p.FamilyName, p.BirthDate = "Other", "1961-02-03" }, "error.visit.other_patient"},
		"a twin":                       {func(p *appliance.Patient) { p.NHSNumber, p.GivenName = "9990000018", "Bea" }, "error.visit.other_patient"},
		"capitals are no other person": {func(p *appliance.Patient) { p.FamilyName, p.GivenName = "EXAMPLE", "ANN" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).toImages()
			p, ref := patient()
			c.edit(&p)
			_, err := r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref)
			if c.key == "" && err != nil {
				t.Fatal(err)
			}
			if c.key != "" {
				wantKey(t, err, c.key)
			}
		})
	}
}

func TestAnybodyMayBeIdentifiedBeforeTheFirstAnswer(t *testing.T) {
	r := newRig(t)
	r.must(r.service.Start(t.Context(), r.op))
	p, ref := patient()
	r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
	p.FamilyName, p.GivenName, p.NHSNumber = "Other", "Bea", "9990000018"
	r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
}

func TestConsentIsNotTakenBackUnderTheImages(t *testing.T) {
	r := newRig(t).captured()
	c := consent()
	c.Photography = appliance.No
	_, err := r.service.Consent(t.Context(), r.id, r.banner, r.op, c)
	wantKey(t, err, "error.consent.has_images")
	if err := r.service.Abandon(t.Context(), r.id, r.banner, r.op, "consent-withdrawn"); err != nil {
		t.Fatal(err)
	}
}

// The model's word about an older still must never stand under a newer one that it did not see.
func TestFindingOfAnOlderStillDoesNotCount(t *testing.T) {
	r := newRig(t)
	r.service.Patience = 20 * time.Millisecond
	r.model.class = appliance.Benign
	r.captured().judged()
	r.model.set(func(m *StandInModel) { m.block = make(chan struct{}) })
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	v := r.must(r.signOff())
	newest := v.Case.Captures[1].ID
	f := v.Case.Findings[0]
	if f.Status != appliance.NotAssessed || f.Reason != "finding.reason.timeout" || f.Class != "" || f.Classes != nil ||
		f.Captures[0] != newest || f.Route != appliance.DermReviewNoAI {
		t.Fatalf("%+v", f)
	}
}

func TestNewerStillIsJudgedAgainAfterARestart(t *testing.T) {
	r := newRig(t)
	r.model.class = appliance.BCC
	r.captured().judged()
	r.model.set(func(m *StandInModel) { m.block = make(chan struct{}) })
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	r.service.Close() // the finding of the first still is all that is durable
	r.model.set(func(m *StandInModel) { m.block, m.class = nil, appliance.SCC })
	r.service = intake.New(r.service.Options)
	v := r.must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.Assessed || f.Class != appliance.SCC || f.Captures[0] != v.Case.Captures[1].ID {
		t.Fatalf("%+v", f)
	}
}

// An urgent finding must not be lost because the model's worker went away after it gave it.
func TestFindingOutlivesTheModel(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	r.model.set(func(m *StandInModel) { m.absent = true })
	v := r.must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.Assessed || v.Case.Route != appliance.UrgentReview {
		t.Fatalf("%+v", f)
	}
}

func TestIneligibleLesionKeepsNothingOfTheModel(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	c := consent()
	c.AI = appliance.No
	r.must(r.service.Consent(t.Context(), r.id, r.banner, r.op, c))
	f := r.must(r.signOff()).Case.Findings[0]
	if f.Reason != "X16" || f.Classes != nil || f.Class != "" || f.Model != (appliance.ModelRef{}) {
		t.Fatalf("the record of a patient who declined has the model's word: %+v", f)
	}
}

func TestReasonsFollowCorrectedAnswers(t *testing.T) {
	r := newRig(t)
	r.model.set(func(m *StandInModel) { m.absent = true })
	r.captured().judged()
	l := lesion()
	l.ID, l.Scar = r.lesion, appliance.Yes
	r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
	f := r.must(r.signOff()).Case.Findings[0]
	if f.Reason != "X09" || len(f.Hits) < 2 {
		t.Fatalf("the rules were not asked again: %+v", f)
	}
}

// A broken image folder must not hold the visit up for ever: three tries end in a human.
func TestFailedSavesCountAsTries(t *testing.T) {
	r := newRig(t).toImages()
	r.cases.failKeep = appliance.E(appliance.Internal, "storage.failed", nil)
	for range 3 {
		_, err := r.press()
		wantKey(t, err, "storage.failed")
	}
	v := r.must(r.signOff())
	if v.Case.Route != appliance.DermReviewNoAI || len(v.Case.Captures) != 0 {
		t.Fatalf("%+v", v.Case)
	}
}

// The page that pressed may be gone when the frame comes: what was photographed is kept, and the press recorded.
func TestPressOutlivesItsPage(t *testing.T) {
	r := newRig(t).toImages()
	gone := func(next func() (intake.Still, error)) (*appliance.CaptureResult, error) {
		ctx, leave := context.WithCancel(t.Context())
		r.camera.next = func(appliance.Stamp) (intake.Still, error) { leave(); return next() }
		return r.service.Capture(ctx, r.id, r.banner, r.op, r.lesion, appliance.Dermoscopic)
	}
	if _, err := gone(func() (intake.Still, error) { return intake.Still{}, context.Canceled }); err == nil {
		t.Fatal("no error")
	}
	result, err := gone(func() (intake.Still, error) { return r.camera.still("kept", r.clock.Now()), nil })
	if err != nil || !result.Kept || result.Capture.Attempt != 2 {
		t.Fatalf("%+v, %v", result, err)
	}
}

func TestPanicOfTheModelEndsInAHumanAndTellsNothing(t *testing.T) {
	r := newRig(t)
	r.service.Patience = time.Second
	r.model.panics = true
	v := r.captured().must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.NotAssessed || f.Route != appliance.DermReviewNoAI {
		t.Fatalf("%+v", f)
	}
	r.service.Close()
	if !bytes.Contains(r.log.Bytes(), []byte("panicked")) || bytes.Contains(r.log.Bytes(), []byte("Quillfeather")) {
		t.Fatalf("log: %s", r.log)
	}
}

func TestNothingIsJudgedAfterClose(t *testing.T) {
	r := newRig(t).toImages()
	r.service.Close()
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	if n := r.model.asked(); n != 0 {
		t.Fatalf("asked %d times", n)
	}
}

// A dead battery puts the box into 1970; patients born later must still be taken.
func TestWrongClockDoesNotRefusePatients(t *testing.T) {
	r := newRig(t)
	r.clock.suspect = true
	r.must(r.service.Start(t.Context(), r.op))
	p, ref := patient()
	p.BirthDate = "1985-06-07"
	r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
}

// Rules that have expired do not come back because the clock fell back; ages go by what it shows, the younger age.
func TestClockThatFellBackRenewsNoRules(t *testing.T) {
	r := newRig(t).captured()
	r.clock.reached = r.service.Rules.ExpiresAt()
	v := r.must(r.service.View(t.Context(), r.id))
	if !slices.ContainsFunc(v.Hits, func(h appliance.RuleHit) bool { return h.Key == "rules.expired" }) {
		t.Fatalf("expired rules count: %+v", v.Hits)
	}
}

// SavedMS begins when the frame is in memory: the verdict is part of it.
func TestSavedTimeHoldsTheVerdict(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.takes = 30 * time.Millisecond
	result, err := r.press()
	if err != nil || result.SavedMS < 30 {
		t.Fatalf("%+v, %v", result, err)
	}
}

// Domain 1.10: of several stills the most severe usable one decides, in whatever order they were taken.
func TestMostSevereUsableStillDecides(t *testing.T) {
	for name, c := range map[string]struct {
		classes []appliance.Class
		status  appliance.AIStatus
		class   appliance.Class
		reason  string
		route   appliance.Route
	}{
		"a benign one after a melanoma":    {[]appliance.Class{appliance.Melanoma, appliance.Benign}, appliance.Assessed, appliance.Melanoma, "", appliance.UrgentReview},
		"a melanoma after a benign one":    {[]appliance.Class{appliance.Benign, appliance.Melanoma}, appliance.Assessed, appliance.Melanoma, "", appliance.UrgentReview},
		"cannot judge after a melanoma":    {[]appliance.Class{appliance.Melanoma, ""}, appliance.Assessed, appliance.Melanoma, "", appliance.UrgentReview},
		"cannot judge beside a benign one": {[]appliance.Class{appliance.Benign, ""}, appliance.NotAssessed, "", "X19", appliance.DermReviewNoAI},
		"all benign":                       {[]appliance.Class{appliance.Benign, appliance.Benign}, appliance.Assessed, appliance.Benign, "", appliance.DermReview},
		"three, the worst in the middle":   {[]appliance.Class{appliance.Benign, appliance.SCC, appliance.BCC}, appliance.Assessed, appliance.SCC, "", appliance.UrgentReview},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).toImages()
			for i, class := range c.classes {
				r.model.set(func(m *StandInModel) { m.class = class })
				if _, err := r.press(); err != nil {
					t.Fatal(err)
				}
				r.judgedStills(i + 1)
			}
			f := r.must(r.signOff()).Case.Findings[0]
			if f.Status != c.status || f.Class != c.class || f.Reason != c.reason || f.Route != c.route || len(f.Stills) != len(c.classes) {
				t.Fatalf("%+v", f)
			}
		})
	}
}

// A poor still that was kept with a reason takes nothing away from a good one.
func TestAPoorStillDoesNotEraseAFinding(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	r.judge.verdict = appliance.Verdict{HardFail: true}
	result, err := r.press()
	if err != nil {
		t.Fatal(err)
	}
	r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, result.AttemptID, "best-possible"))
	if f := r.must(r.signOff()).Case.Findings[0]; f.Class != appliance.Melanoma || f.Route != appliance.UrgentReview {
		t.Fatalf("%+v", f)
	}
}

// Hazard H01: what is signed is what the page showed, its images included.
func TestSignOffIsForWhatThePageShowed(t *testing.T) {
	r := newRig(t).captured()
	r.judged()
	shown := r.must(r.service.View(t.Context(), r.id))
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	all := appliance.Declarations{PatientConfirmed: true, LesionsComplete: true, LeafletGiven: true, ContactConfirmed: true}
	_, err := r.service.SignOff(t.Context(), r.id, shown.Seal, r.op, all)
	wantKey(t, err, "error.visit.changed")
	r.must(r.signOff())
}

// Three honest tries are tries for the dermoscopic image: overview pictures are none.
func TestOverviewPicturesAreNoTries(t *testing.T) {
	r := newRig(t).toImages()
	for range 3 {
		if _, err := r.service.Capture(t.Context(), r.id, r.banner, r.op, r.lesion, appliance.Macro); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.signOff()
	wantKey(t, err, "error.sign_off.images")
}

func TestNoImageBeforeTheHistory(t *testing.T) {
	r := newRig(t)
	r.must(r.service.Start(t.Context(), r.op))
	p, ref := patient()
	r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
	r.must(r.service.Consent(t.Context(), r.id, r.banner, r.op, consent()))
	r.lesion = r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, lesion())).Case.Lesions[0].ID
	_, err := r.press()
	wantKey(t, err, "error.capture.no_history")
}

// judgedStills waits until the model has spoken about so many stills of the lesion.
func (r *rig) judgedStills(n int) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		v, err := r.service.View(r.t.Context(), r.id)
		if err != nil {
			r.t.Fatal(err)
		}
		if f, ok := v.Case.Finding(r.lesion); ok && len(f.Stills) == n {
			return
		}
	}
	r.t.Fatal("the stills were never judged")
}

// What a reader is told first is what no measuring of this lesion could change.
func TestReasonNamesTheOpticsBeforeTheLesion(t *testing.T) {
	r := newRig(t)
	r.camera.optics = appliance.OpticsPublicISIC
	r.toImages()
	l := lesion()
	l.ID, l.Scar = r.lesion, appliance.Yes
	r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	f := r.must(r.signOff()).Case.Findings[0]
	if f.Reason != "X17" || len(f.Hits) < 2 {
		t.Fatalf("%+v", f)
	}
}
