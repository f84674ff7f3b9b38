package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/store"
	"dermbox/firmware/keyring"
	"dermbox/inference/pack"
	"dermbox/inference/pack/packtest"
	"dermbox/inference/shelf"
)

// modelBox is a box with the real inference worker and the simulation pack in its settings.
func modelBox(t *testing.T) *box {
	t.Helper()
	bin := os.Getenv("DERMBOX_BIN")
	if bin == "" || os.Getenv("DERMBOX_TFLITE") == "" {
		t.Skip("DERMBOX_BIN or DERMBOX_TFLITE does not name the built programs and the TFLite library; make test does")
	}
	b := newBox(t)
	b.write("box.yaml", strings.Replace(settings, "inference: /nonexistent}", fmt.Sprintf("inference: %q, tflite: %q}\nmodel: {pack: model.dermpack}",
		filepath.Join(bin, "dermbox-inference"), os.Getenv("DERMBOX_TFLITE")), 1))
	raw, err := os.ReadFile("../../firmware/demo/signed/simulation.dermpack")
	must(t, err)
	b.write("model.dermpack", string(raw))
	return b
}

// version gives the settings' pack under another version, and its digest.
func (b *box) version(n int) ([]byte, string) {
	b.Helper()
	raw, err := os.ReadFile(b.path("model.dermpack"))
	must(b, err)
	key, err := keyring.LoadPrivate("../../firmware/keyring/demo/model.key.pem")
	must(b, err)
	raw, err = packtest.Change(b.Context(), raw, signed.NewSigner(key), func(m *pack.Manifest, _ map[string][]byte) { m.Version = n })
	must(b, err)
	p, err := pack.Inspect(raw)
	must(b, err)
	return raw, p.Digest
}

// answers asks the control socket and reads the answer; the error is that nobody answered.
func (p *process) answers(method, path string, body []byte, into any) (int, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", p.path("data/dermboxd.sock"))
	}}}
	request, err := http.NewRequestWithContext(p.Context(), method, "http://dermboxd"+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}

// settled waits until a model judges, and gives its digest.
func (p *process) settled() string {
	p.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var l shelf.Listing
		if code, err := p.answers(http.MethodGet, "/v1/models", nil, &l); err == nil && code == http.StatusOK && l.State.Ready && l.InForce != nil {
			for _, m := range l.Models {
				if m.Trouble != nil {
					p.Fatalf("%s %d: %s", m.ID, m.Version, m.Trouble.Sentence)
				}
			}
			return l.InForce.Model.Digest
		}
		if time.Now().After(end) {
			p.Fatalf("no model judges: %+v; it said:\n%s", l.State, p.stderr)
		}
	}
}

// A power cut at any moment of installing and activating a model leaves the old one in force or the new one, never none and never
// one without its record; what was on the way can be done again.
func TestKilledWhileAModelIsChanged(t *testing.T) {
	b := modelBox(t)
	p := b.ready()
	old := p.settled()
	cut := 0
	for n, after := range []time.Duration{0, 0, 60, 60, 250, 250, 700, 700} { // half of them cut the one order, half the other
		raw, digest := b.version(100 + n)
		install := n%2 == 0
		if !install {
			if code, err := p.answers(http.MethodPost, "/v1/models", raw, &shelf.Change{}); code != http.StatusOK {
				t.Fatalf("install: %d, %v", code, err)
			}
		}
		done := make(chan error, 1)
		go func() {
			path, body := "/v1/models", raw
			if !install {
				path, body = "/v1/models/activate", []byte(`{"name":"`+digest+`"}`)
			}
			code, err := p.answers(http.MethodPost, path, body, &shelf.Change{})
			if err == nil && code != http.StatusOK {
				err = fmt.Errorf("status %d", code)
			}
			done <- err
		}()
		select {
		case err := <-done: // it was faster: killed when all was done
			must(t, err)
			done <- nil
		case <-time.After(after * time.Millisecond):
			cut++
		}
		p.signal(syscall.SIGKILL)
		p.ends()
		finished := <-done == nil
		p = b.ready()
		now := p.settled()
		switch {
		case now != old && (now != digest || install):
			t.Fatalf("round %d: %s is in force, neither %s nor %s", n, now, old, digest)
		case finished && !install && now != digest:
			t.Errorf("round %d: an activation that was answered is gone", n)
		}
		if code, err := p.answers(http.MethodPost, "/v1/models", raw, &shelf.Change{}); code != http.StatusOK {
			t.Fatalf("round %d: installing again: %d, %v", n, code, err)
		}
		old = now
	}
	if cut == 0 {
		t.Error("every order was done before the kill: the test saw nothing")
	}
	p.signal(syscall.SIGTERM)
	p.ends()
	b.recordsAgree()
}

// recordsAgree walks the audit trail, and holds the record in force to its last row about an activation.
func (b *box) recordsAgree() {
	b.Helper()
	s, err := store.OpenReadOnly(b.Context(), store.Options{Path: b.path("data/cases.db")})
	must(b, err)
	defer s.Close()
	if _, err := s.VerifyAudit(b.Context()); err != nil {
		b.Error(err)
	}
	a, err := s.ModelInForce(b.Context())
	must(b, err)
	if !a.InForce() || a.Actor == "" || a.Model.Engine == "" {
		b.Errorf("%+v", a)
	}
	list, err := filepath.Glob(b.path("data/models/*.dermpack"))
	must(b, err)
	for _, path := range list {
		digest := "sha256:" + strings.TrimSuffix(path[strings.LastIndexByte(path, '_')+1:], ".dermpack")
		if done, err := s.ModelDone(b.Context(), appliance.ModelInstall, digest, false); err != nil || !done {
			b.Errorf("%s is on the shelf without a record: %v", filepath.Base(path), err)
		}
	}
}
