package intake_test

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/intake"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Key != key {
		t.Fatalf("error = %v, want key %q", err, key)
	}
}

func TestVisitReachesTheOutboxOnce(t *testing.T) {
	r := newRig(t).captured()
	v := r.must(r.signOff())
	f := v.Case.Findings[0]
	if f.Status != appliance.Assessed || f.Class != appliance.Melanoma || v.Case.Route != appliance.UrgentReview {
		t.Fatalf("finding = %+v, route %s", f, v.Case.Route)
	}
	if v.Case.State != appliance.Queued || v.Step != appliance.StepSaved {
		t.Fatalf("state %s, step %s", v.Case.State, v.Step)
	}
	again, err := r.signOff()
	if err != nil || again.Case.SignedOff != v.Case.SignedOff {
		t.Fatalf("second sign-off: %v", err)
	}
	if r.cases.signOffs != 1 || r.woken != 1 {
		t.Fatalf("%d sign-offs stored, outbox woken %d times", r.cases.signOffs, r.woken)
	}
}

// Hazard H01: whatever was drawn for another patient cannot write.
func TestWritesUnderAnotherBannerAreRefused(t *testing.T) {
	r := newRig(t).captured()
	ctx := t.Context()
	old := "0123456789abcdef"
	for name, write := range map[string]func() error{
		"consent": func() error { _, err := r.service.Consent(ctx, r.id, old, r.op, consent()); return err },
		"history": func() error { _, err := r.service.History(ctx, r.id, old, r.op, history()); return err },
		"lesion":  func() error { _, err := r.service.PutLesion(ctx, r.id, old, r.op, lesion()); return err },
		"capture": func() error {
			_, err := r.service.Capture(ctx, r.id, old, r.op, r.lesion, appliance.Dermoscopic)
			return err
		},
		"identify": func() error {
			p, ref := patient()
			_, err := r.service.Identify(ctx, r.id, old, r.op, p, ref)
			return err
		},
		"identify, with no banner at all": func() error {
			p, ref := patient()
			_, err := r.service.Identify(ctx, r.id, "", r.op, p, ref)
			return err
		},
		"give up": func() error { return r.service.Abandon(ctx, r.id, old, r.op, "patient-left") },
	} {
		t.Run(name, func(t *testing.T) { wantKey(t, write(), "error.visit.banner") })
	}
}

func TestCorrectingThePatientEndsOldPages(t *testing.T) {
	r := newRig(t).toImages()
	p, ref := patient()
	p.GivenName = "Anna"
	old := r.banner
	r.must(r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref))
	if r.banner == old {
		t.Fatal("the banner did not change with the name")
	}
	_, err := r.service.History(t.Context(), r.id, old, r.op, history())
	wantKey(t, err, "error.visit.banner")
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	_, err = r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref)
	wantKey(t, err, "error.visit.has_images")
}

func TestRefusedFramesAreNeverKept(t *testing.T) {
	for name, c := range map[string]struct {
		next func(r *rig) func(appliance.Stamp) (intake.Still, error)
		key  string
	}{
		"seen before, for any patient (R19)": {func(r *rig) func(appliance.Stamp) (intake.Still, error) {
			r.cases.seen["old"] = true
			return func(appliance.Stamp) (intake.Still, error) { return r.camera.still("old", r.clock.Now()), nil }
		}, "error.capture.seen_before"},
		"exposed before the press": {func(r *rig) func(appliance.Stamp) (intake.Still, error) {
			return func(pressed appliance.Stamp) (intake.Still, error) {
				pressed.Mono--
				return r.camera.still("new", pressed), nil
			}
		}, "error.capture.before_press"},
		"exposed in another boot": {func(r *rig) func(appliance.Stamp) (intake.Still, error) {
			return func(pressed appliance.Stamp) (intake.Still, error) {
				pressed.Boot, pressed.Mono = "another boot", pressed.Mono+1
				return r.camera.still("new", pressed), nil
			}
		}, "error.capture.before_press"},
		"camera away": {func(r *rig) func(appliance.Stamp) (intake.Still, error) {
			return func(appliance.Stamp) (intake.Still, error) {
				return intake.Still{}, appliance.E(appliance.Unavailable, "camera.state.stalled", nil)
			}
		}, "camera.state.stalled"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).toImages()
			r.camera.next = c.next(r)
			_, err := r.press()
			wantKey(t, err, c.key)
			if len(r.cases.images) != 0 {
				t.Fatal("an image was kept")
			}
			if got := r.cases.attempts[r.id]; len(got) != 1 || got[0].Outcome != c.key {
				t.Fatalf("attempts = %+v", got)
			}
		})
	}
}

func TestPoorStillNeedsAReason(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.verdict = appliance.Verdict{HardFail: true}
	result, err := r.press()
	if err != nil || result.Kept {
		t.Fatalf("%+v, %v", result, err)
	}
	_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, result.AttemptID, "because")
	wantKey(t, err, "error.capture.reason")
	_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, "another", "best-possible")
	wantKey(t, err, "error.capture.not_held")
	v := r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, result.AttemptID, "best-possible"))
	if v.Case.Captures[0].Override != "best-possible" {
		t.Fatal("the reason is not in the record")
	}
	v = r.must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.NotAssessed || f.Reason != "X18" || r.model.asked() != 0 {
		t.Fatalf("a hard-failed still was judged: %+v", f)
	}
}

func TestWithoutPhotographsTheCaseGoesOn(t *testing.T) {
	r := newRig(t).toImages()
	c := consent()
	c.Photography = appliance.No
	r.must(r.service.Consent(t.Context(), r.id, r.banner, r.op, c))
	_, err := r.press()
	wantKey(t, err, "error.capture.no_consent")
	v := r.must(r.signOff())
	if v.Case.Route != appliance.DermReviewNoAI || v.Case.Findings[0].Reason != "finding.reason.no_image" {
		t.Fatalf("%+v", v.Case.Findings)
	}
}

func TestThreeTriesEndInAHuman(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.verdict = appliance.Verdict{}
	for range 2 {
		if _, err := r.press(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.signOff()
	wantKey(t, err, "error.sign_off.images")
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	if v := r.must(r.signOff()); v.Case.Route != appliance.DermReviewNoAI {
		t.Fatalf("route %s", v.Case.Route)
	}
}

func TestModelFailuresEndInAHuman(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*StandInModel)
		reason string
	}{
		"error":         {func(m *StandInModel) { m.err = appliance.E(appliance.Unavailable, "inference.worker_died", nil) }, "inference.worker_died"},
		"cannot judge":  {func(m *StandInModel) { m.class = "" }, "X19"},
		"not installed": {func(m *StandInModel) { m.absent = true }, "X22"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.set(r.model)
			v := r.captured().must(r.signOff())
			f := v.Case.Findings[0]
			if f.Status != appliance.NotAssessed || f.Reason != c.reason || f.Class != "" || f.Route != appliance.DermReviewNoAI {
				t.Fatalf("%+v", f)
			}
		})
	}
}

// Decision 13: a late answer is logged, not used.
func TestSignOffDoesNotWaitForEver(t *testing.T) {
	r := newRig(t)
	r.model.block = make(chan struct{})
	r.service.Patience = 20 * time.Millisecond
	v := r.captured().must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.NotAssessed || f.Reason != "finding.reason.timeout" {
		t.Fatalf("%+v", f)
	}
	close(r.model.block)
	r.service.Close()
	after, err := r.service.View(t.Context(), r.id)
	if err != nil || after.Case.Findings[0].Status != appliance.NotAssessed {
		t.Fatalf("a late answer changed a signed case: %+v %v", after.Case.Findings, err)
	}
}

func TestAnswersChangedAfterTheModelCount(t *testing.T) {
	r := newRig(t).captured()
	l := lesion()
	l.ID, l.Scar = r.lesion, appliance.Yes
	r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
	v := r.must(r.signOff())
	if f := v.Case.Findings[0]; f.Status != appliance.NotAssessed || f.Reason != "X09" || f.Route != appliance.DermReviewNoAI {
		t.Fatalf("%+v", f)
	}
}

func TestRestartAsksTheModelAgain(t *testing.T) {
	r := newRig(t)
	r.model.err = appliance.E(appliance.Unavailable, "inference.worker_died", nil)
	r.captured()
	for found := false; !found; time.Sleep(time.Millisecond) {
		v := r.must(r.service.View(t.Context(), r.id))
		found = len(v.Case.Findings) == 1
	}
	r.model.mu.Lock()
	r.model.err = nil
	r.model.mu.Unlock()
	if v := r.must(r.signOff()); v.Case.Findings[0].Status != appliance.Assessed {
		t.Fatalf("%+v", v.Case.Findings[0])
	}
}

func TestIneligibleLesionNeverReachesTheModel(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	r.toImages()
	c := consent()
	c.AI = appliance.No
	r.must(r.service.Consent(ctx, r.id, r.banner, r.op, c))
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	v := r.must(r.signOff())
	if r.model.asked() != 0 || v.Case.Findings[0].Reason != "X16" {
		t.Fatalf("asked %d times; %+v", r.model.asked(), v.Case.Findings[0])
	}
}

func TestSiteAndSideAreFixedByTheFirstImage(t *testing.T) {
	r := newRig(t).captured()
	l := lesion()
	l.ID, l.Laterality = r.lesion, appliance.Left
	_, err := r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l)
	wantKey(t, err, "error.lesion.site_fixed")
}

func TestFullDiskRefusesBeforeThePhotograph(t *testing.T) {
	r := newRig(t)
	r.space = appliance.E(appliance.Full, "storage.full", nil)
	_, err := r.service.Start(t.Context(), r.op)
	wantKey(t, err, "storage.full")
	r.space = nil
	r.toImages()
	r.space = appliance.E(appliance.Full, "storage.full", nil)
	_, err = r.press()
	wantKey(t, err, "storage.full")
	if r.camera.n != 0 {
		t.Error("the camera was asked for a still that cannot be kept")
	}
}

// A visit whose disk fills up under way goes on as with a broken camera: after three presses the lesion goes to a human.
func TestFullDiskHoldsNoPatient(t *testing.T) {
	r := newRig(t).captured()
	v := r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, lesion()))
	r.lesion = v.Case.Lesions[1].ID
	r.space = appliance.E(appliance.Full, "storage.full", nil)
	for range 3 {
		_, err := r.signOff()
		wantKey(t, err, "error.sign_off.images")
		_, err = r.press()
		wantKey(t, err, "storage.full")
	}
	v = r.must(r.signOff())
	if f := v.Case.Findings[1]; v.Case.State != appliance.Queued || f.Status != appliance.NotAssessed || f.Route != appliance.DermReviewNoAI {
		t.Errorf("state %s, finding %+v", v.Case.State, f)
	}
}

// A poor still that waits for its reason is not kept either while the disk is short.
func TestFullDiskKeepsNoPoorStill(t *testing.T) {
	r := newRig(t).toImages()
	r.judge.verdict = appliance.Verdict{}
	held, err := r.press()
	if err != nil || held.Kept {
		t.Fatalf("%+v, %v", held, err)
	}
	r.space = appliance.E(appliance.Full, "storage.full", nil)
	_, err = r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, held.AttemptID, "best-possible")
	wantKey(t, err, "storage.full")
	r.space = nil
	r.must(r.service.KeepPoor(t.Context(), r.id, r.banner, r.op, held.AttemptID, "best-possible"))
}

func TestFailedCommitShowsNothingAsSaved(t *testing.T) {
	r := newRig(t).toImages()
	r.cases.fail = appliance.E(appliance.Full, "storage.full", nil)
	_, err := r.press()
	wantKey(t, err, "storage.full")
	r.cases.fail = nil
	v := r.must(r.service.View(t.Context(), r.id))
	if len(v.Case.Captures) != 0 {
		t.Fatal("a still that was not committed shows")
	}
}

func TestPatientValidation(t *testing.T) {
	for name, c := range map[string]struct {
		edit  func(*appliance.Patient, *appliance.Referral)
		field string
		key   string
	}{
		"real number in demonstration": {func(p *appliance.Patient, _ *appliance.Referral) { p.NHSNumber = "9434765919" }, "nhs_number", "error.nhs_number.real_in_demo"},
		"wrong check digit":            {func(p *appliance.Patient, _ *appliance.Referral) { p.NHSNumber = "9990548608" }, "nhs_number", "error.nhs_number.check_digit"},
		"no number, no reason":         {func(p *appliance.Patient, _ *appliance.Referral) { p.NHSNumber = "" }, "nhs_number", "error.nhs_number.missing"},
		"born tomorrow":                {func(p *appliance.Patient, _ *appliance.Referral) { p.BirthDate = "2026-11-23" }, "birth_date", "error.birth_date"},
		"one identifier":               {func(p *appliance.Patient, _ *appliance.Referral) { p.IdentityCheckedBy = []string{"name"} }, "identity_checked_by", "error.identity_check"},
		"a photo is not stated":        {func(p *appliance.Patient, _ *appliance.Referral) { p.IdentityCheckedBy = []string{"name", "photo_id"} }, "identity_checked_by", "error.identity_check"},
		"a photo alone":                {func(p *appliance.Patient, _ *appliance.Referral) { p.IdentityCheckedBy = []string{"photo_id"} }, "identity_checked_by", "error.identity_check"},
		"two and a photo": {func(p *appliance.Patient, _ *appliance.Referral) {
			p.IdentityCheckedBy = []string{"address", "photo_id", "nhs_number"}
		}, "", ""},
		"number stated that is not there": {func(p *appliance.Patient, _ *appliance.Referral) {
			p.NHSNumber, p.NoNHSNumberReason, p.IdentityCheckedBy = "", "overseas-patient", []string{"name", "birth_date", "nhs_number"}
		}, "identity_checked_by", "error.identity_check.no_number"},
		"one identifier twice":       {func(p *appliance.Patient, _ *appliance.Referral) { p.IdentityCheckedBy = []string{"name", "name"} }, "identity_checked_by", "error.identity_check"},
		"no name":                    {func(p *appliance.Patient, _ *appliance.Referral) { p.FamilyName = "  " }, "family_name", "error.name"},
		"characters that turn text":  {func(p *appliance.Patient, _ *appliance.Referral) { p.FamilyName = "Example\u202e" }, "family_name", "error.name"},
		"a control character":        {func(p *appliance.Patient, _ *appliance.Referral) { p.GivenName = "An\x00n" }, "given_name", "error.name"},
		"referred tomorrow":          {func(_ *appliance.Patient, r *appliance.Referral) { r.Date = "2026-11-23" }, "referral_date", "error.referral_date"},
		"a practice that is none":    {func(p *appliance.Patient, _ *appliance.Referral) { p.GPPractice = "the one in the High Street" }, "gp_practice", "error.gp_practice"},
		"an unknown ethnic category": {func(p *appliance.Patient, _ *appliance.Referral) { p.EthnicCategory = "QQ" }, "ethnic_category", "error.ethnic_category"},
		"bad UBRN":                   {func(_ *appliance.Patient, r *appliance.Referral) { r.UBRN = "12" }, "ubrn", "error.ubrn"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.must(r.service.Start(t.Context(), r.op))
			p, ref := patient()
			c.edit(&p, &ref)
			_, err := r.service.Identify(t.Context(), r.id, r.banner, r.op, p, ref)
			if c.key == "" && err == nil {
				return
			}
			wantKey(t, err, c.key)
			if e, _ := errors.AsType[*appliance.Error](err); e.Field != c.field {
				t.Fatalf("field %q", e.Field)
			}
		})
	}
}

func TestAbandonedVisitIsClosed(t *testing.T) {
	r := newRig(t).captured()
	wantKey(t, r.service.Abandon(t.Context(), r.id, r.banner, r.op, "bored"), "error.abandon.reason")
	if err := r.service.Abandon(t.Context(), r.id, r.banner, r.op, "patient-left"); err != nil {
		t.Fatal(err)
	}
	_, err := r.signOff()
	wantKey(t, err, "error.visit.closed")
}
