package kiosk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/kiosk"
)

// margaret is a patient who does not exist.
func margaret() url.Values {
	return url.Values{
		"nhs_number": {"999 000 0018"}, "family_name": {"Testperson"}, "given_name": {"Margaret"}, "gender": {"female"},
		"birth_date_day": {"14"}, "birth_date_month": {"7"}, "birth_date_year": {"1951"}, "identity_checked_by": {"name", "birth_date"},
		"referral_date_day": {"1"}, "referral_date_month": {"11"}, "referral_date_year": {"2026"}, "pathway": {"usc"}, "ethnic_category": {"99"},
	}
}

func lesionForm(banner string) url.Values {
	form := url.Values{"banner": {banner}, "site": {"66643007"}, "laterality": {"midline"}, "diameter_mm": {"6.5"}, "duration": {"3-6m"}}
	for _, name := range []string{"on_referral", "pigmented"} {
		form.Set(name, "yes")
	}
	for _, name := range []string{"change_size", "change_shape", "change_colour", "inflammation", "oozing", "sensation", "nodular", "growing",
		"ulcerated", "prior_treatment", "scar", "tattoo", "hair_uncleared", "not_visible", "rash"} {
		form.Set(name, "no")
	}
	return form
}

// open signs in and starts a visit; it gives the address of the visit and its id.
func (x *rig) open() (string, appliance.CaseID) {
	x.Helper()
	x.signIn()
	a := x.post("/visits", nil)
	path, ok := strings.CutSuffix(a.location, "/patient")
	if a.status != http.StatusSeeOther || !ok {
		x.Fatalf("start: %d to %q", a.status, a.location)
	}
	return path, appliance.CaseID(strings.TrimPrefix(path, "/visits/"))
}

// identified brings a visit to where the patient is confirmed and gives the banner that the next page carries.
func (x *rig) identified() (visit string, id appliance.CaseID, banner string) {
	x.Helper()
	visit, id = x.open()
	x.want(visit+"/patient", margaret(), visit+"/consent")
	return visit, id, x.hiddenField(x.get(visit+"/consent").body, "banner")
}

// ready brings a visit to the images.
func (x *rig) ready() (visit string, id appliance.CaseID, banner, lesion string) {
	x.Helper()
	visit, id, banner = x.identified()
	x.want(visit+"/consent", url.Values{"banner": {banner}, "photography": {"yes"}, "ai": {"yes"}, "teaching": {"no"}, "research": {"no"}}, visit+"/history")
	x.want(visit+"/history", url.Values{"banner": {banner}, "skin_type": {"II"}, "immunosuppressed": {"no"}, "previous_skin_cancer": {"no"},
		"family_melanoma": {"unsure"}}, visit+"/lesion")
	if a := x.post(visit+"/lesion", lesionForm(banner)); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, visit+"/images") {
		x.Fatalf("lesion: %d to %q\n%s", a.status, a.location, a.body)
	}
	return visit, id, banner, x.hiddenField(x.get(visit+"/images").body, "lesion")
}

func allDeclared(banner string) url.Values {
	return url.Values{"banner": {banner}, "seal": {banner + "-sealed"}, "patient_confirmed": {"yes"}, "lesions_complete": {"yes"}, "leaflet_given": {"yes"}, "contact_confirmed": {"yes"}}
}

func TestTheWholeVisit(t *testing.T) {
	x := newRig(t)
	x.get("/sign-in")
	visit, id, banner, lesion := x.ready()
	for _, step := range []string{"patient", "consent", "history", "lesion", "images"} {
		body := x.get(visit + "/" + step).body
		for _, shown := range []string{"TESTPERSON, Margaret", "14-Jul-1951 (75y)", "Female", "999 000 0018"} {
			if !strings.Contains(body, shown) {
				t.Errorf("%s: the banner lacks %q", step, shown)
			}
		}
	}
	if a := x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}}); a.status >= 400 {
		t.Fatalf("capture: %d\n%s", a.status, a.body)
	}
	images := x.get(visit + "/images").body
	picture := regexp.MustCompile(`/visits/[0-9a-f-]+/captures/[0-9a-f-]+\.jpg`).FindString(images)
	if a := x.get(picture); a.status != http.StatusOK || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("picture %q: %d %s", picture, a.status, a.header.Get("Content-Type"))
	}
	if check := x.get(visit + "/check").body; !strings.Contains(check, picture) {
		t.Error("the last page does not show the image again")
	}
	for range 2 { // pressed twice
		x.want(visit+"/check", allDeclared(banner), visit+"/saved")
	}
	if x.visits.signOffs != 1 {
		t.Errorf("signed off %d times", x.visits.signOffs)
	}
	saved := x.get(visit + "/saved").body
	if !strings.Contains(saved, id.Reference()) {
		t.Error("the saved page does not name the reference")
	}
	if strings.Contains(saved, text.T("class.MEL", nil)) || strings.Contains(strings.ToLower(saved), "melanoma") {
		t.Error("a class is shown to an operator where the site does not allow it")
	}
	if strings.Contains(saved, text.T("kiosk.state.RECEIPTED", nil)) {
		t.Error("shown as received without a receipt")
	}
	x.visits.set(id, func(c *appliance.Case) { c.State = appliance.Receipted })
	if saved := x.get(visit + "/saved").body; !strings.Contains(saved, text.T("kiosk.state.RECEIPTED", nil)) {
		t.Error("not shown as received with one")
	}
	x.noPatientInURLsOrLog()
}

// randomID is what a page calls a case, lesion or press: its digits are nobody's, though they may look like a year.
var randomID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// noPatientInURLsOrLog looks at every address that was used and at the log.
func (x *rig) noPatientInURLsOrLog() {
	x.Helper()
	for _, word := range []string{"testperson", "margaret", "9990000018", "999 000", "999+000", "1951"} {
		for _, u := range x.urls {
			if strings.Contains(randomID.ReplaceAllString(strings.ToLower(u), "ID"), word) {
				x.Errorf("%q stands in the address %q", word, u)
			}
		}
		if strings.Contains(randomID.ReplaceAllString(strings.ToLower(x.log.String()), "ID"), word) {
			x.Errorf("%q stands in the log", word)
		}
	}
	if strings.Contains(x.log.String(), "482913") {
		x.Error("the PIN stands in the log")
	}
}

func TestClassOnlyWhereTheSiteAllowsIt(t *testing.T) {
	x := newRig(t, func(o *kiosk.Options) { o.ShowClass = true })
	visit, _, banner, lesion := x.ready()
	x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	x.want(visit+"/check", allDeclared(banner), visit+"/saved")
	if !strings.Contains(x.get(visit+"/saved").body, text.T("class.MEL", nil)) {
		t.Error("the class is not shown although the site allows it")
	}
}

func TestAPoorImageIsKeptOnlyWithAReason(t *testing.T) {
	x := newRig(t)
	visit, id, banner, lesion := x.ready()
	x.visits.poor = true
	press := url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}}
	page := x.post(visit+"/capture", press)
	if page.status == http.StatusSeeOther {
		page = x.get(page.location)
	}
	if !strings.Contains(page.body, text.T("quality.focus.low", nil)) {
		t.Errorf("what to do about the blur is not said:\n%s", page.body)
	}
	attempt := x.hiddenField(page.body, "attempt")
	if a := x.post(visit+"/keep", url.Values{"banner": {banner}, "attempt": {attempt}, "lesion": {lesion}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("kept without a reason: %d", a.status)
	}
	if a := x.post(visit+"/keep", url.Values{"banner": {banner}, "attempt": {attempt}, "lesion": {lesion}, "reason": {"best-possible"}}); a.status != http.StatusSeeOther {
		t.Errorf("not kept with a reason: %d\n%s", a.status, a.body)
	}
	v, err := x.visits.View(t.Context(), id)
	if err != nil || len(v.Case.Captures) != 1 || v.Case.Captures[0].Override != "best-possible" {
		t.Errorf("captures %+v, %v", v.Case.Captures, err)
	}
	if !strings.Contains(x.get(visit+"/images").body, text.T("kiosk.reason.best-possible", nil)) {
		t.Error("the reason does not show beside the image")
	}
}

func TestCaptureForScripts(t *testing.T) {
	x := newRig(t)
	visit, _, banner, lesion := x.ready()
	for _, c := range []struct {
		name   string
		fail   error
		banner string
		status int
		has    string
	}{
		{"kept", nil, banner, http.StatusOK, `"kept":true`},
		{"camera away", appliance.E(appliance.Unavailable, "camera.error.unreachable", nil), banner, http.StatusServiceUnavailable, `"code":"unavailable"`},
		{"disk full", appliance.E(appliance.Full, "storage.full", nil), banner, http.StatusInsufficientStorage, `"code":"full"`},
		{"other patient", nil, "0000000000000000", http.StatusConflict, `"code":"conflict"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.visits.fail = c.fail
			req := x.request(visit+"/capture", url.Values{"banner": {c.banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
			req.Header.Set("Accept", "application/json")
			a := x.do(req)
			if a.status != c.status || !strings.Contains(a.body, c.has) || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
				t.Errorf("%d %s: %s", a.status, a.header.Get("Content-Type"), a.body)
			}
			x.visits.fail = nil
		})
	}
}

func TestWhatTheCameraRefusesIsSaidOnThePage(t *testing.T) {
	x := newRig(t)
	visit, _, banner, lesion := x.ready()
	x.visits.fail = appliance.E(appliance.Unavailable, "camera.error.stalled", nil)
	a := x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("the answer is a page: loading it again would press Capture again (%d)", a.status)
	}
	page := x.get(a.location)
	if !strings.Contains(page.body, text.T("camera.error.stalled", nil)) || !strings.Contains(page.body, "<canvas") {
		t.Errorf("%d\n%s", page.status, page.body)
	}
	if again := x.get(a.location); strings.Contains(again.body, text.T("camera.error.stalled", nil)) {
		t.Error("the refusal is said again although nothing was pressed")
	}
}

// TestAnotherPatientMeanwhile: a page that was drawn for one patient writes nothing after the patient was corrected, on any
// step, and says so calmly.
func TestAnotherPatientMeanwhile(t *testing.T) {
	for _, step := range []string{"consent", "history", "lesion", "capture", "keep", "check", "give-up"} {
		t.Run(step, func(t *testing.T) {
			x := newRig(t)
			visit, id, banner, lesion := x.ready()
			x.visits.set(id, func(c *appliance.Case) { c.Patient.GivenName = "Somebody" })
			form := lesionForm(banner)
			for name, value := range map[string]string{"lesion": lesion, "view": "dermoscopic", "photography": "no", "ai": "no", "teaching": "no",
				"research": "no", "skin_type": "VI", "immunosuppressed": "yes", "previous_skin_cancer": "yes", "family_melanoma": "yes",
				"attempt": "x", "seal": banner + "-sealed", "reason": "best-possible", "patient_confirmed": "yes"} {
				form.Set(name, value)
			}
			a := x.post(visit+"/"+step, form)
			if a.status != http.StatusConflict || !strings.Contains(a.body, text.T("error.visit.banner", nil)) {
				t.Errorf("%d\n%s", a.status, a.body)
			}
			v, err := x.visits.View(t.Context(), id)
			if err != nil || v.Case.Consent.Photography != appliance.Yes || v.Case.History.SkinType != "II" || len(v.Case.Lesions) != 1 ||
				len(v.Case.Captures) != 0 || !v.Case.State.Open() {
				t.Errorf("something was written: %+v", v.Case)
			}
		})
	}
}

// TestEveryFormCarriesTheBanner: what a page sends for a visit names the patient whom the page showed, or that there was none.
func TestEveryFormCarriesTheBanner(t *testing.T) {
	x := newRig(t)
	visit, _, banner, lesion := x.ready()
	x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	for _, step := range []string{"patient", "consent", "history", "lesion", "images", "check", "give-up"} {
		forms := regexp.MustCompile(`(?s)<form method="post" action="`+visit+`/[a-z-]+".*?</form>`).FindAllString(x.get(visit+"/"+step).body, -1)
		if len(forms) == 0 {
			t.Errorf("%s has no form", step)
		}
		for _, form := range forms {
			if x.hiddenField(form, "banner") != banner {
				t.Errorf("%s carries another banner", step)
			}
		}
	}
}

func TestOneMayGiveUp(t *testing.T) {
	x := newRig(t)
	visit, id, banner := x.identified()
	if a := x.post(visit+"/give-up", url.Values{"banner": {banner}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("given up without a reason: %d", a.status)
	}
	x.get(visit + "/give-up")
	x.want(visit+"/give-up", url.Values{"banner": {banner}, "reason": {"wrong-patient"}}, "/")
	if v, _ := x.visits.View(t.Context(), id); v.Case.State != appliance.Abandoned {
		t.Errorf("state %s", v.Case.State)
	}
	x.get(visit + "/saved")
}

func TestWithoutConsentNobodyPhotographs(t *testing.T) {
	x := newRig(t)
	visit, id, banner, _ := x.ready()
	x.visits.set(id, func(c *appliance.Case) { c.Consent.Photography = appliance.No })
	if body := x.get(visit + "/images").body; strings.Contains(body, "<canvas") || !strings.Contains(body, text.T("error.capture.no_consent", nil)) {
		t.Errorf("the camera shows without consent:\n%s", body)
	}
	x.want(visit+"/check", allDeclared(banner), visit+"/saved")
}
