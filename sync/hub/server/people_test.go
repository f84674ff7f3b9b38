package server_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"dermbox/sync/hub/people"
	"dermbox/sync/hub/server"
)

// browser signs in to the people's listener as a person would.
func browser(t *testing.T, r *rig, base, user, password string) (*http.Client, int) {
	t.Helper()
	c := anonymous(r)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Jar = jar
	resp, err := c.PostForm(base+"/sign-in", url.Values{"user": {user}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return c, resp.StatusCode
}

func get(t *testing.T, c *http.Client, url string) (int, string, http.Header) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

func TestPeopleSeeTheCaseThatArrived(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(5000)
	b.deliver(v)
	if err := r.hub.People.Add(t.Context(), people.Person{Username: "reader", Name: "A Reader", Role: people.RoleClinician}, "a long password"); err != nil {
		t.Fatal(err)
	}
	base := r.people(t)
	c, status := browser(t, r, base, "reader", "wrong")
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d", status)
	}
	path := "/cases/" + string(v.c.ID)
	image := path + "/images/" + string(v.c.Captures[0].ID) + ".jpg"
	for _, p := range []string{"/", path, image} {
		if _, body, _ := get(t, c, base+p); strings.Contains(body, "Zebedee") || strings.Contains(strings.ToLower(body), string(v.c.ID)) {
			t.Errorf("%s is shown without sign-in", p)
		}
	}
	c, status = browser(t, r, base, "reader", "a long password")
	if status != http.StatusOK {
		t.Fatalf("sign in: %d", status)
	}
	if status, body, _ := get(t, c, base+"/"); status != http.StatusOK || !strings.Contains(body, string(v.c.ID)) {
		t.Errorf("list: %d", status)
	}
	status, body, header := get(t, c, base+path)
	if status != http.StatusOK || !strings.Contains(strings.ToUpper(body), "ZEBEDEE") || header.Get("Cache-Control") != "no-store" {
		t.Errorf("case: %d", status)
	}
	if status, body, _ := get(t, c, base+image); status != http.StatusOK || !bytes.Equal([]byte(body), v.images[0]) {
		t.Errorf("image: %d, %d bytes", status, len(body))
	}
}

// people stops the rig, whose pages are empty, and serves its folder anew with the real ones.
func (r *rig) people(t *testing.T) string {
	t.Helper()
	r.stop()
	h, err := server.Open(context.Background(), r.hub.Settings)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := h.Pages()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan server.Addresses, 1), make(chan error, 1)
	go func() { done <- h.Serve(ctx, pages, func(a server.Addresses) { ready <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		h.Close()
	})
	select {
	case a := <-ready:
		return "https://" + a.People
	case err := <-done:
		t.Fatal(err)
	}
	return ""
}
