package demo_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/firmware/demo"
)

const samplePage = `<!doctype html><title>Consent</title><script>ignored()</script>
<p role="alert">Miss <b>Test</b></p>
<form action="?x=1" method="post" id="f">
<input type=hidden name=banner value=tok1><input name=name value="as typed">
<input type=radio name=ai value=yes><input type=radio name=ai value=no checked>
<input type=checkbox name=sure><select name=site><option value=1>one<option value=2 selected>two</select>
<select name=plain><option>first<option>second</select>
<textarea name=note>text</textarea><button name=go value=next>Next</button></form>`

func parse(t *testing.T, text string) *demo.Page {
	t.Helper()
	page, err := demo.ParsePage(&url.URL{Scheme: "http", Host: "h", Path: "/visit"}, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func TestParsePage(t *testing.T) {
	page := parse(t, samplePage)
	if page.Title != "Consent" || page.Text != "Consent Miss Test one two first second text Next" || page.Alert != "Miss Test" {
		t.Errorf("page = %q %q %q", page.Title, page.Text, page.Alert)
	}
	want := url.Values{
		"banner": {"tok1"}, "name": {"as typed"}, "ai": {"no"}, "site": {"2"}, "plain": {"first"}, "note": {"text"},
	}
	if diff := cmp.Diff(want, page.Forms[0].Values); diff != "" {
		t.Errorf("a browser would send otherwise (-want +got):\n%s", diff)
	}
}

func TestPageForm(t *testing.T) {
	page := parse(t, samplePage)
	if form, err := page.Form("/visit"); err != nil || form.ID != "f" {
		t.Errorf("Form = %+v, %v", form, err)
	}
	if _, err := page.Form("/consent"); err == nil || !strings.Contains(err.Error(), "/visit") {
		t.Errorf("Form that is not there = %v, want the forms that are", err)
	}
}

func TestFormSet(t *testing.T) {
	for name, c := range map[string]struct {
		field, value, refused string
	}{
		"text":                 {"name", "Other", ""},
		"a radio button":       {"ai", "yes", ""},
		"an option":            {"site", "1", ""},
		"a box":                {"sure", "on", ""},
		"no such field":        {"nhs", "1", "has no field"},
		"no such choice":       {"ai", "maybe", "offers"},
		"no such option":       {"site", "3", "offers"},
		"a button is no field": {"go", "next", "has no field"},
	} {
		t.Run(name, func(t *testing.T) {
			form := parse(t, samplePage).Forms[0]
			err := form.Set(c.field, c.value)
			if c.refused == "" && (err != nil || form.Values.Get(c.field) != c.value) {
				t.Errorf("Set = %v, value %q", err, form.Values.Get(c.field))
			}
			if c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("Set = %v, want it refused with %q", err, c.refused)
			}
		})
	}
}

func TestBrowserSubmitsAsABrowser(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /visit", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "s", Value: "1", Path: "/"})
		_, _ = w.Write([]byte(samplePage))
	})
	mux.HandleFunc("POST /visit", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("s")
		if err != nil || cookie.Value != "1" || r.FormValue("banner") != "tok1" || r.URL.RawQuery != "x=1" || r.Referer() == "" {
			http.Error(w, "not as a browser would", http.StatusForbidden)
			return
		}
		http.Redirect(w, r, "/done", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<title>Done</title>")) })
	server := httptest.NewServer(mux)
	defer server.Close()

	browser, err := demo.NewBrowser(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := browser.Get(t.Context(), "/visit")
	if err != nil {
		t.Fatal(err)
	}
	if page, err = browser.Submit(t.Context(), page, page.Forms[0]); err != nil || page.Title != "Done" {
		t.Fatalf("Submit = %+v, %v, want the page after the redirect", page, err)
	}
	if _, err := browser.Get(t.Context(), "/gone"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("Get of a missing page = %v, want its status", err)
	}
}
