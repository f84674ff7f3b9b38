package hub_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/hub"
	"dermbox/ui/web"
)

var at = time.Date(2026, 11, 22, 11, 46, 0, 0, time.UTC)

// StandInClock stands still.
type StandInClock struct{}

// Now is appliance.Clock.
func (StandInClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: at, Quality: appliance.ClockSynchronised}
}

// StandInPeople knows one clinician.
type StandInPeople struct{}

// Authenticate is hub.People.
func (StandInPeople) Authenticate(_ context.Context, address, user, password string) (hub.Person, error) {
	if address != "127.0.0.1" {
		return hub.Person{}, errors.New("not the address of the other end: " + address)
	}
	if user == "rahman" && password == "correct horse" {
		return hub.Person{Username: "rahman", Name: "Dr A. Rahman", Role: "clinician"}, nil
	}
	return hub.Person{}, appliance.E(appliance.Unauthorised, "hubctl.sign_in.wrong", nil)
}

// StandInCases holds one case and notes who reads it.
type StandInCases struct {
	detail *hub.CaseDetail
	err    error
	actors []string
	alarms []hub.AlarmCount
	next   string // cursor of the list's second page
}

// Alarms is hub.Cases.
func (s *StandInCases) Alarms(context.Context) ([]hub.AlarmCount, error) { return s.alarms, nil }

// List is hub.Cases.
func (s *StandInCases) List(_ context.Context, actor, after string, _ int) (hub.CasePage, error) {
	s.actors = append(s.actors, actor)
	if after != "" && after != s.next {
		return hub.CasePage{}, appliance.E(appliance.NotFound, "hub.list.no_page", nil)
	}
	if s.err != nil || s.detail == nil {
		return hub.CasePage{}, s.err
	}
	c, next := s.detail.Case, s.next
	if after != "" {
		next = ""
	}
	return hub.CasePage{Next: next, Total: 417, Lines: []hub.CaseLine{{ID: c.ID, Site: c.Site.Code, Device: s.detail.Device, Route: c.Route, Urgent: true,
		Invented: c.Demonstration, ReceivedAt: at}}}, nil
}

// Case is hub.Cases.
func (s *StandInCases) Case(_ context.Context, actor string, id appliance.CaseID) (*hub.CaseDetail, error) {
	s.actors = append(s.actors, actor)
	if s.detail == nil || s.detail.Case.ID != id {
		return nil, appliance.E(appliance.NotFound, "hub.case.unknown", nil)
	}
	return s.detail, s.err
}

// Image is hub.Cases.
func (s *StandInCases) Image(_ context.Context, _ string, _ appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	if s.detail == nil || s.detail.Case.Captures[0].ID != capture {
		return nil, appliance.E(appliance.NotFound, "hubctl.case.no_image", nil)
	}
	return []byte("\xff\xd8 a JPEG"), nil
}

func sample() *hub.CaseDetail {
	lesion, capture := appliance.LesionID(appliance.NewID()), appliance.CaptureID(appliance.NewID())
	limit := 12.5
	return &hub.CaseDetail{
		Device: "box-7", Batch: 12, ReceivedAt: at, ReceiptKeyID: "ed25519:0123456789abcdef", ManifestDigest: "sha256:feed",
		Case: appliance.Case{
			ID: appliance.CaseID(appliance.NewID()), Demonstration: true, Site: appliance.Site{Code: "RXX01", Name: "Elm Street CDC"},
			Operator: appliance.Operator{Name: "Joy Okafor"}, SignedOff: appliance.Stamp{Wall: at, Quality: appliance.ClockSynchronised},
			Patient: appliance.Patient{NHSNumber: "9990000018", FamilyName: "Testperson", GivenName: "Margaret", BirthDate: "1951-07-14", Gender: "female"},
			Lesions: []appliance.Lesion{{ID: lesion, Label: "L1", Site: "66643007", Laterality: appliance.Midline}},
			Captures: []appliance.Capture{{ID: capture, LesionID: lesion, View: appliance.Dermoscopic, Width: 1920, Height: 1080, Override: "best-possible",
				Encoding: appliance.Encoding{By: "dermbox", From: "YUYV", Quality: 95, Sampling: "4:4:4"},
				Camera:   appliance.Camera{Make: "dermbox", Model: "simulated scope", Optics: appliance.OpticsSimulatedScope},
				Quality:  appliance.Verdict{Profile: "scope-1080/1", Measures: []appliance.Measure{{Name: "focus", Value: 41.25, Unit: "", Min: &limit, Pass: true}, {Name: "clipped_high", Value: 3, Unit: "%"}}}}},
			Findings: []appliance.Finding{{LesionID: lesion, Status: appliance.Assessed, Route: appliance.UrgentReview, Class: appliance.Melanoma, Discordant: true,
				RulesVersion: "dermbox-rules/1", Hits: []appliance.RuleHit{{Rule: "X15", Key: "rules.X15"}},
				Model:   appliance.ModelRef{ID: "simulation", Version: "1.0.0", Digest: "sha256:beef", Status: "simulation", Engine: "TFLite"},
				Classes: []appliance.ClassResult{{Label: "mel", Class: appliance.Melanoma, Probability: .71, Threshold: .25, Over: true}, {Label: "nv", Class: appliance.Benign, Probability: .2, Threshold: .5}}}},
			Route: appliance.UrgentReview,
		},
	}
}

type rig struct {
	*testing.T
	server *httptest.Server
	client *http.Client
	cases  *StandInCases
	log    *bytes.Buffer
}

func newRig(t *testing.T, change ...func(*hub.Options)) *rig {
	t.Helper()
	x := &rig{T: t, cases: &StandInCases{detail: sample()}, log: &bytes.Buffer{}}
	o := hub.Options{Cases: x.cases, People: StandInPeople{}, TrustName: "Northvale University Hospitals", Demonstration: true,
		Hosts: []string{"127.0.0.1"}, Clock: StandInClock{}, Log: slog.New(slog.NewTextHandler(x.log, nil))}
	for _, f := range change {
		f(&o)
	}
	handler, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	x.server = httptest.NewTLSServer(handler)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	x.client = x.server.Client()
	x.client.Jar = jar
	x.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		x.client.CloseIdleConnections()
		x.server.Close()
	})
	return x
}

var missingKey = regexp.MustCompile(`\[[a-z_]+\.[A-Za-z0-9_.<>-]*\]`)

func (x *rig) do(method, path string, form url.Values, change ...func(*http.Request)) (*http.Response, string) {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), method, x.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		x.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, f := range change {
		f(req)
	}
	res, err := x.client.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		x.Fatal(err)
	}
	if res.Header.Get("Content-Security-Policy") != web.Policy || res.Header.Get("Cache-Control") != "no-store" {
		x.Errorf("%s %s: headers %v", method, path, res.Header)
	}
	if keys := missingKey.FindAllString(string(body), -1); keys != nil {
		x.Errorf("%s: no sentence for %v", path, keys)
	}
	return res, html.UnescapeString(string(body))
}

func (x *rig) signIn() {
	x.Helper()
	res, body := x.do(http.MethodPost, "/sign-in", url.Values{"user": {"rahman"}, "password": {"correct horse"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		x.Fatalf("sign in: %d\n%s", res.StatusCode, body)
	}
	for _, want := range []string{"__Host-", "Secure", "HttpOnly", "SameSite=Strict"} {
		if !strings.Contains(res.Header.Get("Set-Cookie"), want) {
			x.Errorf("cookie %q lacks %s", res.Header.Get("Set-Cookie"), want)
		}
	}
}

func TestNobodyReadsBeforeSigningIn(t *testing.T) {
	x := newRig(t)
	c := x.cases.detail.Case
	for _, path := range []string{"/", "/cases/" + string(c.ID), "/cases/" + string(c.ID) + "/images/" + string(c.Captures[0].ID) + ".jpg"} {
		if res, _ := x.do(http.MethodGet, path, nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/sign-in" {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if len(x.cases.actors) > 0 {
		t.Error("a case was read for nobody")
	}
	for _, form := range []url.Values{{"user": {"rahman"}, "password": {"wrong horse"}}, {"user": {"nobody"}}, {}} {
		res, body := x.do(http.MethodPost, "/sign-in", form)
		if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, text.T("hubctl.sign_in.wrong", nil)) || strings.Contains(body, "wrong horse") {
			t.Errorf("%v: %d\n%s", form, res.StatusCode, body)
		}
	}
}

func TestListAndCase(t *testing.T) {
	x := newRig(t)
	x.signIn()
	c := x.cases.detail.Case
	_, list := x.do(http.MethodGet, "/", nil)
	for _, want := range []string{c.ID.Reference(), "RXX01", "box-7", text.T("route.URGENT_DERM_REVIEW", nil), "Northvale", "22-Nov-2026 11:46"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	_, page := x.do(http.MethodGet, "/cases/"+string(c.ID), nil)
	for _, want := range []string{"TESTPERSON, Margaret", "14-Jul-1951 (75y)", "999 000 0018", "not for clinical use", "/images/" + string(c.Captures[0].ID) + ".jpg",
		"simulation", "1.0.0", "sha256:beef", "71.0 %", "25.0 %", "dermbox-rules/1", text.T("rules.X15", nil), string(appliance.OpticsSimulatedScope),
		"scope-1080/1", "41.25", text.T("class.MEL", nil), "ed25519:0123456789abcdef", "sha256:feed", text.T("kiosk.reason.best-possible", nil), "the camera gave YUYV", "quality 95, 4:4:4"} {
		if !strings.Contains(strings.ReplaceAll(page, "Not for", "not for"), want) {
			t.Errorf("the case lacks %q", want)
		}
	}
	if title := regexp.MustCompile(`<title>.*</title>`).FindString(page); strings.Contains(title, "Margaret") || !strings.Contains(title, c.ID.Reference()) {
		t.Errorf("title %q", title)
	}
	res, _ := x.do(http.MethodGet, "/cases/"+string(c.ID)+"/images/"+string(c.Captures[0].ID)+".jpg", nil)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("image: %d", res.StatusCode)
	}
	if len(x.cases.actors) != 2 || x.cases.actors[0] != "rahman" || x.cases.actors[1] != "rahman" {
		t.Errorf("read in the name of %q", x.cases.actors)
	}
	if strings.Contains(strings.ToLower(x.log.String()), "testperson") {
		t.Error("the patient stands in the log")
	}
}

func TestAlarmsStandAboveTheList(t *testing.T) {
	x := newRig(t)
	x.signIn()
	if _, list := x.do(http.MethodGet, "/", nil); strings.Contains(list, text.T("hub.alarms.label", nil)) {
		t.Error("an alarm is shown where there is none")
	}
	for _, kind := range []string{"case_conflict", "epoch", "fork", "gap", "part_damaged"} {
		x.cases.alarms = append(x.cases.alarms, hub.AlarmCount{Kind: kind, Count: 2})
	}
	_, list := x.do(http.MethodGet, "/", nil)
	for _, want := range []string{text.T("hub.alarms.open", map[string]string{"n": "10"}), text.T("hub.alarm.gap", nil),
		text.T("hub.alarm.part_damaged", nil), "Dr A. Rahman"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
}

// TestTheListSaysHowManyThereAre: no received case is out of reach because others came after it.
func TestTheListSaysHowManyThereAre(t *testing.T) {
	x := newRig(t)
	x.signIn()
	count := text.T("hub.list.count", map[string]string{"shown": "1", "total": "417"})
	if _, list := x.do(http.MethodGet, "/", nil); !strings.Contains(list, count) || strings.Contains(list, "?after=") {
		t.Errorf("one page only:\n%s", list)
	}
	x.cases.next = "3.200"
	if _, list := x.do(http.MethodGet, "/", nil); !strings.Contains(list, `href="/?after=3.200"`) || strings.Contains(list, text.T("hub.list.first", nil)) {
		t.Errorf("the first of two pages:\n%s", list)
	}
	if _, list := x.do(http.MethodGet, "/?after=3.200", nil); strings.Contains(list, "?after=") || !strings.Contains(list, text.T("hub.list.first", nil)) {
		t.Errorf("the second of two pages:\n%s", list)
	}
	if res, page := x.do(http.MethodGet, "/?after=x", nil); res.StatusCode != http.StatusNotFound || !strings.Contains(page, text.T("hub.list.no_page", nil)) {
		t.Errorf("no page: %d", res.StatusCode)
	}
}

func TestNotAssessedSaysWhy(t *testing.T) {
	for reason, want := range map[string]string{"X16": "rules.X16", "finding.reason.timeout": "finding.reason.timeout"} {
		x := newRig(t)
		f := &x.cases.detail.Case.Findings[0]
		*f = appliance.Finding{LesionID: f.LesionID, Status: appliance.NotAssessed, Reason: reason, Route: appliance.DermReviewNoAI}
		x.signIn()
		_, page := x.do(http.MethodGet, "/cases/"+string(x.cases.detail.Case.ID), nil)
		if !strings.Contains(page, text.T(want, nil)) || strings.Contains(page, "0.0 %") {
			t.Errorf("%s: why is not said", reason)
		}
	}
}

func TestUnknownAndBroken(t *testing.T) {
	x := newRig(t)
	x.signIn()
	id := appliance.NewID()
	for _, path := range []string{"/cases/" + id, "/cases/x", "/cases/" + string(x.cases.detail.Case.ID) + "/images/" + id + ".jpg",
		"/cases/" + id + "/images/" + id, "/debug/pprof/"} {
		if res, _ := x.do(http.MethodGet, path, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	x.cases.err = errors.New("disk sector 4711")
	res, body := x.do(http.MethodGet, "/", nil)
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "4711") || !strings.Contains(x.log.String(), "4711") {
		t.Errorf("%d\n%s", res.StatusCode, body)
	}
	x.cases.err, x.cases.detail = nil, nil
	if _, body := x.do(http.MethodGet, "/", nil); !strings.Contains(body, text.T("hub.list.empty", nil)) {
		t.Error("an empty list does not say so")
	}
}

func TestRequestsFromElsewhereAreRefused(t *testing.T) {
	x := newRig(t)
	form := url.Values{"user": {"rahman"}, "password": {"correct horse"}}
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		key    string
	}{
		"another site": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden, "ui.refused.origin"},
		"another host": {func(r *http.Request) { r.Host = "hub.evil.example" }, http.StatusMisdirectedRequest, "ui.refused.host"},
	} {
		if res, body := x.do(http.MethodPost, "/sign-in", form, c.change); res.StatusCode != c.status || strings.TrimSpace(body) != text.T(c.key, nil) {
			t.Errorf("%s: %d %s", name, res.StatusCode, body)
		}
	}
	x.signIn()
	x.do(http.MethodPost, "/sign-out", nil)
	if res, _ := x.do(http.MethodGet, "/", nil); res.StatusCode != http.StatusSeeOther {
		t.Error("still signed in")
	}
}
