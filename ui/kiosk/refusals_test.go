package kiosk_test

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/kiosk"
	"dermbox/ui/web"
)

func TestNobodySeesAnythingBeforeSigningIn(t *testing.T) {
	x := newRig(t)
	id := appliance.NewID()
	for _, path := range []string{"/", "/sending", "/device", "/visits/" + id, "/visits/" + id + "/patient", "/visits/" + id + "/check",
		"/visits/" + id + "/captures/" + id + ".jpg", "/ws/preview"} {
		if a := x.get(path); a.status != http.StatusSeeOther || a.location != "/sign-in" {
			t.Errorf("GET %s: %d to %q", path, a.status, a.location)
		}
	}
	for _, path := range []string{"/visits", "/visits/" + id + "/capture", "/visits/" + id + "/check", "/sending/try"} {
		if a := x.post(path, nil); a.status != http.StatusSeeOther || a.location != "/sign-in" {
			t.Errorf("POST %s: %d to %q", path, a.status, a.location)
		}
	}
	if x.sending.tried != 0 || len(x.visits.cases) != 0 {
		t.Error("something was done for nobody")
	}
}

func TestSignIn(t *testing.T) {
	for _, c := range []struct {
		name, id, pin string
		in            bool
	}{
		{"right", hca.ID, "482913", true},
		{"wrong PIN", hca.ID, "482914", false},
		{"nobody", "", "482913", false},
		{"no PIN", hca.ID, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newRig(t)
			before := x.get("/sign-in")
			a := x.post("/sign-in", url.Values{"operator": {c.id}, "pin": {c.pin}})
			if in := a.status == http.StatusSeeOther && a.location == "/"; in != c.in {
				t.Fatalf("%d to %q", a.status, a.location)
			}
			if !c.in {
				if !strings.Contains(a.body, "<title>"+text.T("ui.error_prefix", nil)) || !strings.Contains(a.body, `href="#pin"`) {
					t.Errorf("the error is not announced:\n%s", a.body)
				}
				if c.pin != "" && strings.Contains(a.body, c.pin) {
					t.Error("the PIN stands in the page")
				}
				return
			}
			cookie := a.header.Get("Set-Cookie")
			for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
				if !strings.Contains(cookie, want) {
					t.Errorf("cookie %q lacks %s", cookie, want)
				}
			}
			if strings.Contains(cookie, "Expires") || strings.Contains(cookie, "Max-Age") || before.header.Get("Set-Cookie") == cookie {
				t.Errorf("cookie %q outlives the browser or the signing in", cookie)
			}
		})
	}
}

func TestLocking(t *testing.T) {
	x := newRig(t)
	x.signIn()
	if a := x.get("/"); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	x.want("/sign-out", nil, "/sign-in")
	if a := x.get("/"); a.location != "/sign-in" {
		t.Errorf("still signed in: %d", a.status)
	}
}

// The live picture's request begins before the sign-out: it neither outlasts it nor brings the session back.
func TestThePreviewKeepsNobodySignedIn(t *testing.T) {
	x := newRig(t)
	x.signIn()
	conn, _, err := x.dial("", x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	before := x.client.Jar
	address, err := url.Parse(x.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	cookies := before.Cookies(address)
	x.want("/sign-out", nil, "/sign-in")
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if e, late := errors.AsType[net.Error](err); late && e.Timeout() {
				t.Fatal("the live picture outlasts the sign-out")
			}
			break
		}
	}
	for range 20 { // the handler ends a moment after its connection
		before.SetCookies(address, cookies)
		if a := x.get("/"); a.location != "/sign-in" {
			t.Fatal("the cookie that signed out works again")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTheServerEndsAnIdleSession(t *testing.T) {
	x := newRig(t, func(o *kiosk.Options) { o.Idle = 50 * time.Millisecond })
	x.signIn()
	time.Sleep(120 * time.Millisecond) // longer than idle; scs asks the system's clock
	if a := x.get("/"); a.location != "/sign-in" {
		t.Errorf("still signed in: %d", a.status)
	}
}

func TestRequestsFromElsewhereAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
	}{
		{"own page", func(*http.Request) {}, http.StatusSeeOther},
		{"another site", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		{"another port of this machine", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, http.StatusForbidden},
		{"old browser, other origin", func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}, http.StatusForbidden},
		{"another host's name", func(r *http.Request) { r.Host = "evil.example" }, http.StatusMisdirectedRequest},
		{"another host's name with our port", func(r *http.Request) { r.Host = "127.0.0.1.evil.example:80" }, http.StatusMisdirectedRequest},
		{"no host", func(r *http.Request) { r.Host = ":80" }, http.StatusMisdirectedRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newRig(t)
			x.signIn()
			req := x.request("/visits", nil)
			c.change(req)
			if a := x.do(req); a.status != c.status {
				t.Errorf("%d, want %d", a.status, c.status)
			}
			if made := len(x.visits.cases) == 1; made != (c.status == http.StatusSeeOther) {
				t.Errorf("visits: %d", len(x.visits.cases))
			}
		})
	}
}

func TestTooLargeAForm(t *testing.T) {
	x := newRig(t)
	visit, id, banner := x.identified()
	form := lesionForm(banner)
	form.Set("note", strings.Repeat("a", 100<<10))
	if a := x.post(visit+"/lesion", form); a.status < 400 || a.status >= 500 {
		t.Errorf("status %d", a.status)
	}
	if v, _ := x.visits.View(t.Context(), id); len(v.Case.Lesions) != 0 {
		t.Error("half a form was saved")
	}
}

func TestUnknownThings(t *testing.T) {
	x := newRig(t)
	x.signIn()
	id := appliance.NewID()
	for _, path := range []string{"/visits/" + id, "/visits/" + id + "/check", "/visits/x/patient", "/visits/" + id + "/captures/" + id + ".jpg",
		"/visits/" + id + "/captures/" + id, "/visits/" + id + "/captures/..%2f..%2fetc%2fpasswd", "/nothing", web.StaticPrefix + "nothing.css",
		web.StaticPrefix + "..%2fweb.go", "/debug/pprof/", "/metrics"} {
		if a := x.get(path); a.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/visits/x/capture", "/visits/x/check", "/visits/" + id + "/consent", "/visits/" + id + "/capture"} {
		if a := x.post(path, nil); a.status != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}
}

// TestWrongFields: each page says what is wrong at the field and on top, keeps what was typed and saves nothing.
func TestWrongFields(t *testing.T) {
	for _, c := range []struct {
		name, step, field, key, value string
		keeps                         string
	}{
		{"check digit", "patient", "nhs_number", "error.nhs_number.check_digit", "999 000 0019", `value="Testperson"`},
		{"nobody's number", "patient", "nhs_number", "error.nhs_number.repeated", "9999999999", `value="Testperson"`},
		{"no day", "patient", "birth_date_day", "error.date.day", "", `value="1951"`},
		{"no such date", "patient", "birth_date_day", "error.date.impossible", "31", `value="Margaret"`},
		{"no name", "patient", "family_name", "error.name", "", `value="Margaret"`},
		{"no consent", "consent", "photography", "error.consent.answer", "", ""},
		{"no skin type", "history", "skin_type", "error.skin_type", "", ""},
		{"no site", "lesion", "site", "error.lesion.site", "", `value="6.5"`},
		{"diameter in words", "lesion", "diameter_mm", "error.lesion.diameter", "big", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newRig(t)
			visit, id := x.open()
			form := margaret()
			if c.step != "patient" {
				x.want(visit+"/patient", margaret(), visit+"/consent")
				banner := x.hiddenField(x.get(visit+"/consent").body, "banner")
				form = lesionForm(banner)
				form.Set("ai", "yes")
			}
			if c.name == "no such date" {
				form.Set("birth_date_month", "2")
			}
			form.Set(c.field, c.value)
			a := x.post(visit+"/"+c.step, form)
			if a.status != http.StatusUnprocessableEntity || strings.Count(a.body, text.T(c.key, nil)) != 2 {
				t.Fatalf("%d, the sentence stands %d times\n%s", a.status, strings.Count(a.body, text.T(c.key, nil)), a.body)
			}
			if !strings.Contains(a.body, "<title>"+text.T("ui.error_prefix", nil)) || !strings.Contains(a.body, c.keeps) {
				t.Errorf("title or what was typed is lost:\n%s", a.body)
			}
			if v, _ := x.visits.View(t.Context(), id); c.step == "patient" && v.Case.State != appliance.Draft || len(v.Case.Lesions) > 0 {
				t.Errorf("something was saved: %+v", v.Case)
			}
		})
	}
}

func TestAFaultOfOursIsCalmAndLogged(t *testing.T) {
	x := newRig(t)
	visit, _, banner, lesion := x.ready()
	x.visits.fail = appliance.E(appliance.Internal, "", errSecret)
	a := x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	if a.status != http.StatusInternalServerError || !strings.Contains(a.body, text.T("error.internal", nil)) || strings.Contains(a.body, errSecret.Error()) {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	if !strings.Contains(x.log.String(), errSecret.Error()) {
		t.Error("the cause is not in the log")
	}
	x.noPatientInURLsOrLog()
}

// TestWhoWasDisabledIsSignedOut: a session does not outlive the right to work.
func TestWhoWasDisabledIsSignedOut(t *testing.T) {
	x := newRig(t)
	visit, _, _, _ := x.ready()
	x.staff.disabled = true
	for _, path := range []string{"/", visit + "/images"} {
		if a := x.get(path); a.status != http.StatusSeeOther || a.location != "/sign-in" {
			t.Errorf("%s: %d to %q", path, a.status, a.location)
		}
	}
	x.staff.disabled = false
	if a := x.get("/"); a.location != "/sign-in" {
		t.Error("the session came back to life")
	}
}

func TestAFormThatIsTooLongIsNotReadAsEmpty(t *testing.T) {
	x := newRig(t)
	visit, _, banner, _ := x.ready()
	a := x.post(visit+"/history", url.Values{"banner": {banner}, "skin_type": {strings.Repeat("I", 70<<10)}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, text.T("kiosk.form.unreadable", nil)) {
		t.Errorf("%d\n%s", a.status, a.body)
	}
}
