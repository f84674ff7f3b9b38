package kiosk_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/web"
)

var errSecret = errors.New("disk sector 4711")

var everyState = []appliance.State{
	appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing, appliance.Queued, appliance.Sending,
	appliance.Receipted, appliance.Purgeable, appliance.Purged, appliance.Abandoned, appliance.Quarantined, appliance.WrongPatientHold,
}

// received are the states in which the store holds a verified receipt.
var received = map[appliance.State]bool{appliance.Receipted: true, appliance.Purgeable: true, appliance.Purged: true}

func TestHomeSendingAndDevice(t *testing.T) {
	at := StandInClock{}.Now().Wall
	x := newRig(t)
	x.signIn()
	for _, status := range []appliance.SendingStatus{
		{}, {Reachable: true}, {Reachable: true, Waiting: 2, LastContact: &at, SentBytes: 10, TotalBytes: 100},
		{Waiting: 3, LastError: "sync.unreachable", NextTry: &at}, {NeedsIT: true, LastError: "sync.certificate_refused"}, {Uncounted: true},
		{NeedsIT: true, LastError: "sync.certificate_expired", LastErrorParams: map[string]string{"expired": "01-Nov-2026"}},
	} {
		x.sending.status = status
		for _, path := range []string{"/", "/sending", "/device"} {
			if a := x.get(path); a.status != http.StatusOK {
				t.Errorf("%s with %+v: %d", path, status, a.status)
			}
		}
		if says := strings.Contains(x.get("/sending").body, text.T("kiosk.sending.none", nil)); says != (status.Waiting == 0 && !status.NeedsIT && !status.Uncounted) {
			t.Errorf("%+v: all is received: %v", status, says)
		}
		if status.LastError != "" && !strings.Contains(x.get("/sending").body, text.T(status.LastError, status.LastErrorParams)) {
			t.Errorf("the reason %s is not said", status.LastError)
		}
	}
	if device := x.get("/device").body; !strings.Contains(device, "Plug it in.") {
		t.Error("the device page does not say what to do")
	}
	x.want("/sending/try", nil, "/sending")
	if x.sending.tried != 1 {
		t.Error("try now did nothing")
	}
}

// TestReceivedStandsOnlyWithAReceipt goes through every state on both pages that show it.
func TestReceivedStandsOnlyWithAReceipt(t *testing.T) {
	says := func(body string) bool { return strings.Contains(body, text.T("kiosk.state.RECEIPTED", nil)) }
	at := StandInClock{}.Now().Wall
	for _, state := range everyState {
		t.Run(string(state), func(t *testing.T) {
			x := newRig(t)
			x.signIn()
			id := appliance.CaseID(appliance.NewID())
			line := appliance.CaseSummary{ID: id, Reference: id.Reference(), State: state, Initials: "MT", SignedOff: at, LastError: "sync.unreachable"}
			if received[state] {
				line.Received, line.LastError = &at, ""
			}
			x.sending.list = []appliance.CaseSummary{line}
			sending := x.get("/sending").body
			if says(sending) != received[state] {
				t.Errorf("sending page says received: %v", says(sending))
			}
			listed := !state.Open() && state != appliance.Abandoned
			if strings.Contains(sending, id.Reference()) != listed || strings.Contains(x.get("/").body, id.Reference()) != state.Open() {
				t.Error("listed on the wrong page")
			}
			x.visits.cases[id] = &appliance.Case{ID: id, State: state, Patient: appliance.Patient{FamilyName: "T", GivenName: "M", Gender: "unknown", BirthDate: "1951-07-14"}}
			if state.Open() {
				return
			}
			if says(x.get("/visits/"+string(id)+"/saved").body) != received[state] {
				t.Error("saved page")
			}
		})
	}
}

// TestEveryOutcomeHasWords draws the last pages for each way a lesion can stand.
func TestEveryOutcomeHasWords(t *testing.T) {
	for _, f := range []*appliance.Finding{
		nil, {}, {Status: appliance.AIPending}, {Status: appliance.Assessed, Route: appliance.UrgentReview, Class: appliance.Melanoma},
		{Status: appliance.NotAssessed, Route: appliance.DermReviewNoAI, Reason: "X16"},
		{Status: appliance.NotAssessed, Route: appliance.DermReviewNoAI, Reason: "finding.reason.timeout"},
		{Status: appliance.Assessed, Route: appliance.SecondRead, Class: appliance.Benign},
	} {
		x := newRig(t)
		visit, id, banner, _ := x.ready()
		x.visits.set(id, func(c *appliance.Case) {
			c.Consent.AI = appliance.No
			c.Captures = append(c.Captures, appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), LesionID: c.Lesions[0].ID, View: appliance.Oblique, Override: "site-hard-to-reach"})
			if f != nil {
				one := *f
				one.LesionID = c.Lesions[0].ID
				c.Findings = []appliance.Finding{one}
			}
		})
		x.get(visit + "/images")
		x.get(visit + "/check")
		x.want(visit+"/check", allDeclared(banner), visit+"/saved")
		if saved := strings.ToLower(x.get(visit + "/saved").body); strings.Contains(saved, "benign") || strings.Contains(saved, "melanoma") {
			t.Errorf("%+v: a class shows", f)
		}
	}
}

// TestEverySiteAndPatientHasWords draws the pages for each side, gender and reason for no number; the list of sites stands
// on all of them.
func TestEverySiteAndPatientHasWords(t *testing.T) {
	x := newRig(t)
	visit, id, _, _ := x.ready()
	body := x.get(visit + "/lesion").body
	for _, site := range appliance.BodySites {
		if name := text.T("site."+string(site.Code), nil); !strings.Contains(body, name) {
			t.Errorf("%s is not offered", name)
		}
	}
	sides := []appliance.Laterality{appliance.Left, appliance.Right, appliance.Midline, appliance.Unpaired}
	for i, gender := range []string{"male", "female", "other", "unknown"} {
		x.visits.set(id, func(c *appliance.Case) {
			c.Lesions[0].Laterality, c.Patient.Gender = sides[i], gender
			c.Patient.NHSNumber, c.Patient.NoNHSNumberReason = "", "overseas-patient"
		})
		for _, step := range []string{"patient", "lesion", "images"} {
			if body := x.get(visit + "/" + step).body; !strings.Contains(body, text.T("ui.gender."+gender, nil)) || !strings.Contains(body, text.T("ui.not_known", nil)) {
				t.Errorf("%s: the banner lacks what it knows of %s", step, gender)
			}
		}
	}
}

// TestNothingIsAnsweredForTheOperator: rules and consent read these answers, so none may stand there before it was given.
func TestNothingIsAnsweredForTheOperator(t *testing.T) {
	x := newRig(t)
	visit, id, _ := x.identified()
	x.visits.set(id, func(c *appliance.Case) { c.State = appliance.HistoryDone })
	for _, step := range []string{"consent", "history", "lesion"} {
		if body := x.get(visit + "/" + step).body; strings.Contains(body, " checked") || strings.Contains(body, " selected") {
			t.Errorf("%s has an answer that nobody gave", step)
		}
	}
}

func TestTwoLesions(t *testing.T) {
	x := newRig(t)
	visit, id, banner, first := x.ready()
	form := lesionForm(banner)
	form.Set("laterality", "left")
	form.Set("site", "45981001")
	if a := x.post(visit+"/lesion", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", a.status, a.body)
	}
	v, _ := x.visits.View(t.Context(), id)
	if len(v.Case.Lesions) != 2 {
		t.Fatalf("%d lesions", len(v.Case.Lesions))
	}
	for _, l := range v.Case.Lesions {
		if got := x.hiddenField(x.get(visit+"/images?lesion="+string(l.ID)).body, "lesion"); got != string(l.ID) {
			t.Errorf("images of %s are taken for %s", l.ID, got)
		}
	}
	form.Set("lesion_id", first)
	form.Set("note", "changed")
	if a := x.post(visit+"/lesion", form); a.status != http.StatusSeeOther {
		t.Fatalf("%d", a.status)
	}
	if v, _ := x.visits.View(t.Context(), id); len(v.Case.Lesions) != 2 || v.Case.Lesions[0].Note != "changed" {
		t.Errorf("%+v", v.Case.Lesions)
	}
}

func TestStepsLeadOn(t *testing.T) {
	x := newRig(t)
	visit, id := x.open()
	for _, step := range []string{"consent", "history", "lesion", "images", "check"} {
		if a := x.get(visit + "/" + step); a.location != visit+"/patient" {
			t.Errorf("%s of nobody: %d to %q", step, a.status, a.location)
		}
	}
	if a := x.get(visit); a.location != visit+"/patient" {
		t.Errorf("go on: %q", a.location)
	}
	x.want(visit+"/patient", margaret(), visit+"/consent")
	if a := x.get(visit); a.location != visit+"/consent" {
		t.Errorf("go on: %q", a.location)
	}
	x.visits.set(id, func(c *appliance.Case) { c.State = appliance.Queued })
	for _, step := range []string{"patient", "consent", "history", "lesion", "images", "check"} {
		if a := x.get(visit + "/" + step); a.location != visit+"/saved" {
			t.Errorf("%s of a signed-off case: %d to %q", step, a.status, a.location)
		}
	}
}

func TestAssetsMayBeKeptForEver(t *testing.T) {
	x := newRig(t)
	page := x.get("/sign-in").body
	for _, name := range []string{"app.css", "page.js"} {
		url, err := web.AssetURL(name)
		if err != nil || !strings.Contains(page, url) {
			t.Errorf("%s: %q not on the page, %v", name, url, err)
		}
		if a := x.get(url); a.status != http.StatusOK || !strings.Contains(a.header.Get("Cache-Control"), "immutable") || a.body == "" {
			t.Errorf("%s: %d %q", url, a.status, a.header.Get("Cache-Control"))
		}
	}
}
