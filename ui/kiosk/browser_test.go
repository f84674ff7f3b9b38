package kiosk_test

import (
	"bytes"
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

	"dermbox/appliance"
	"dermbox/ui/kiosk"
	"dermbox/ui/web"
)

// rig is a kiosk on stand-ins and a browser without scripts that looks at every page it is given.
type rig struct {
	*testing.T
	server  *httptest.Server
	client  *http.Client
	staff   *StandInStaff
	visits  *StandInVisits
	sending *StandInSending
	preview *StandInPreview
	log     *bytes.Buffer
	live    bool     // of a box with an approved model: no page may say that it is not for clinical use, and elsewhere each must
	urls    []string // every address that was asked for or named by a redirect
}

func newRig(t *testing.T, change ...func(*kiosk.Options)) *rig {
	t.Helper()
	x := &rig{T: t, staff: &StandInStaff{}, visits: newVisits(), sending: &StandInSending{}, preview: newPreview(), log: &bytes.Buffer{}}
	o := kiosk.Options{
		Visits: x.visits, Staff: x.staff, Preview: x.preview, Sending: x.sending, Health: StandInHealth{}, Clock: StandInClock{},
		Site: appliance.Site{Trust: "RXX", Code: "RXX01", Name: "Elm Street CDC", Room: "Room 3"}, Demonstration: true,
		Log: slog.New(slog.NewTextHandler(x.log, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	handler, err := kiosk.New(o)
	if err != nil {
		t.Fatal(err)
	}
	x.server = httptest.NewServer(handler)
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

type answer struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (x *rig) do(req *http.Request) answer {
	x.Helper()
	res, err := x.client.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		x.Fatal(err)
	}
	a := answer{res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
	x.urls = append(x.urls, req.URL.Path+"?"+req.URL.RawQuery, a.location)
	x.inspect(req, a)
	a.body = html.UnescapeString(a.body)
	return a
}

var missingKey = regexp.MustCompile(`\[[a-z_]+\.[A-Za-z0-9_.<>-]*\]`)

// inspect is what every answer must be, whichever page it is.
func (x *rig) inspect(req *http.Request, a answer) {
	x.Helper()
	page := req.Method + " " + req.URL.Path
	if got := a.header.Get("Content-Security-Policy"); got != web.Policy {
		x.Errorf("%s: policy %q", page, got)
	}
	if a.header.Get("X-Content-Type-Options") != "nosniff" {
		x.Errorf("%s: may be sniffed", page)
	}
	if !strings.HasPrefix(req.URL.Path, web.StaticPrefix) && a.header.Get("Cache-Control") != "no-store" {
		x.Errorf("%s: may be cached: %q", page, a.header.Get("Cache-Control"))
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || a.status >= 300 && a.status < 400 {
		return
	}
	if keys := missingKey.FindAllString(a.body, -1); keys != nil {
		x.Errorf("%s: no sentence for %v", page, keys)
	}
	wellFormed(x.T, page, a.body)
	if said := strings.Contains(strings.ToLower(a.body), "not for clinical use"); said == x.live {
		x.Errorf("%s: says that it is not for clinical use: %t", page, said)
	}
	for _, inline := range []string{" style=", "<style", " onclick=", "javascript:", "<script>"} {
		if strings.Contains(a.body, inline) {
			x.Errorf("%s: has %q, which the policy forbids", page, inline)
		}
	}
}

func (x *rig) get(path string) answer {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), http.MethodGet, x.server.URL+path, nil)
	if err != nil {
		x.Fatal(err)
	}
	return x.do(req)
}

func (x *rig) request(path string, form url.Values) *http.Request {
	x.Helper()
	req, err := http.NewRequestWithContext(x.Context(), http.MethodPost, x.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		x.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return req
}

func (x *rig) post(path string, form url.Values) answer {
	x.Helper()
	return x.do(x.request(path, form))
}

// want posts and expects a redirect to the given address.
func (x *rig) want(path string, form url.Values, location string) {
	x.Helper()
	if a := x.post(path, form); a.status != http.StatusSeeOther || a.location != location {
		x.Fatalf("POST %s: %d to %q, want %q\n%s", path, a.status, a.location, location, a.body)
	}
}

func (x *rig) signIn() {
	x.Helper()
	x.want("/sign-in", url.Values{"operator": {hca.ID}, "pin": {"482913"}}, "/")
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z_]+)" value="([^"]*)"`)

// hiddenField gives the first hidden field of that name on a page.
func (x *rig) hiddenField(page, name string) string {
	x.Helper()
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		if m[1] == name {
			return m[2]
		}
	}
	x.Fatalf("no hidden field %q in\n%s", name, page)
	return ""
}

// Elements that have no end tag.
var void = map[string]bool{"meta": true, "link": true, "input": true, "img": true, "br": true, "!doctype": true}

var tag = regexp.MustCompile(`<(/?)(!?[a-zA-Z][a-zA-Z0-9]*)((?:[^<>"]|"[^"]*")*)>`)

var idAttribute = regexp.MustCompile(`\sid="([^"]*)"`)

// described checks that each hint and each error of a field is what a screen reader says at the field, and that an error
// summary's link has its message at the field as well.
func described(t *testing.T, page, body string, ids map[string]int) {
	t.Helper()
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`\saria-describedby="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		for _, id := range strings.Fields(m[1]) {
			said[id] = true
		}
	}
	for _, m := range regexp.MustCompile(`<p class="(hint|field-error)"(?: id="([^"]*)")?>`).FindAllStringSubmatch(body, -1) {
		if !said[m[2]] {
			t.Errorf("%s: no field is described by the %s %q", page, m[1], m[2])
		}
	}
	for _, m := range regexp.MustCompile(`<li><a href="#([^"]*)">`).FindAllStringSubmatch(body, -1) {
		if ids[m[1]+"-error"] == 0 {
			t.Errorf("%s: the error at %q does not stand at the field", page, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`<div class="scroll"[^>]*>`).FindAllString(body, -1) {
		if !strings.Contains(m, ` tabindex="0" role="region" aria-label="`) {
			t.Errorf("%s: a keyboard cannot scroll %s", page, m)
		}
	}
	if places := regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(body, -1); places != nil {
		t.Errorf("%s: values are missing: %v", page, places)
	}
}

// wellFormed checks that elements nest, that no id stands twice, that labels, error links and descriptions point at
// something, and that a page has one h1, one main and a language.
func wellFormed(t *testing.T, page, body string) {
	t.Helper()
	var open []string
	ids := map[string]int{}
	for _, m := range tag.FindAllStringSubmatch(body, -1) {
		name := strings.ToLower(m[2])
		for _, id := range idAttribute.FindAllStringSubmatch(m[3], -1) {
			ids[id[1]]++
		}
		switch {
		case void[name]:
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Errorf("%s: </%s> ends %v", page, name, open)
			return
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) != 0 {
		t.Errorf("%s: never ended: %v", page, open)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("%s: id %q stands %d times", page, id, n)
		}
	}
	for _, m := range regexp.MustCompile(`\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"|href="#([^"]*)"`).FindAllStringSubmatch(body, -1) {
		for _, id := range strings.Fields(m[1] + m[2]) {
			if ids[id] == 0 {
				t.Errorf("%s: nothing has the id %q that something points at", page, id)
			}
		}
	}
	described(t, page, body, ids)
	for _, once := range []string{"<h1", "<main", `<html lang="en`} {
		if strings.Count(body, once) != 1 {
			t.Errorf("%s: %d times %q", page, strings.Count(body, once), once)
		}
	}
	for _, img := range regexp.MustCompile(`<img [^>]*>`).FindAllString(body, -1) {
		if !strings.Contains(img, ` alt="`) || strings.Contains(img, `alt=""`) {
			t.Errorf("%s: picture without words: %s", page, img)
		}
	}
}
