package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/people"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

// serveEnv makes the test binary serve the hub in that folder until it is killed.
const serveEnv = "DERMHUB_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveEnv); dir != "" {
		serveForEver(dir)
	}
	goleak.VerifyTestMain(m)
}

func serveForEver(dir string) {
	c := clock.System(time.Time{}, time.Time{})
	h, err := server.Open(context.Background(), settings(dir, c))
	if err != nil {
		panic(err)
	}
	err = h.Serve(context.Background(), http.NotFoundHandler(), func(a server.Addresses) { fmt.Println(a.Device) })
	panic(err)
}

func settings(dir string, c appliance.Clock) server.Settings {
	return server.Settings{DataDir: dir, Hosts: []string{"127.0.0.1"}, DeviceListen: "127.0.0.1:0", PeopleListen: "127.0.0.1:0",
		Demonstration: true, Clock: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// rig is a hub that really serves on loopback, and whom it has admitted.
type rig struct {
	t    testing.TB
	dir  string
	hub  *server.Hub
	url  string
	site string
	stop func()
}

func newHub(t testing.TB, trust string) *server.Hub {
	t.Helper()
	c := clock.System(time.Time{}, time.Time{})
	dir := filepath.Join(t.TempDir(), "hub")
	h, err := server.Create(t.Context(), settings(dir, c), enrol.Facts{Trust: trust, Name: "Test hub"},
		filepath.Join(t.TempDir(), "escrow.key"), people.Person{Username: "it", Name: "IT", Role: people.RoleAdmin}, "a long password")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newRig(t testing.TB) *rig {
	t.Helper()
	h := newHub(t, "RZZ")
	r := &rig{t: t, dir: h.DataDir, hub: h, site: "RZZ01"}
	r.serve()
	return r
}

func (r *rig) serve() {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan server.Addresses, 1), make(chan error, 1)
	hub := r.hub
	go func() { done <- hub.Serve(ctx, http.NotFoundHandler(), func(a server.Addresses) { ready <- a }) }()
	select {
	case a := <-ready:
		r.url = "https://" + a.Device
	case err := <-done:
		r.t.Fatal(err)
	}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("serve: %v", err)
		}
		if err := hub.Close(); err != nil {
			r.t.Errorf("close: %v", err)
		}
	}
	r.t.Cleanup(func() { r.stop() })
}

// reopen stops the hub and opens it anew on the same folder.
func (r *rig) reopen() {
	r.t.Helper()
	r.stop()
	h, err := server.Open(context.Background(), r.hub.Settings)
	if err != nil {
		r.t.Fatal(err)
	}
	r.hub = h
	r.serve()
}

// box is a device of a test: a client of the protocol, written again from its text and not with the product's client.
type box struct {
	t      testing.TB
	rig    *rig
	name   string
	site   string
	key    *ecdsa.PrivateKey
	hub    wire.EnrolAnswer
	http   *http.Client
	epoch  string
	last   string
	number uint64
}

func anonymous(r *rig) *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(r.hub.Authority.CA)
	return client(r.t, &tls.Config{RootCAs: pool})
}

func client(t testing.TB, c *tls.Config) *http.Client {
	tr := &http.Transport{TLSClientConfig: c}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 30 * time.Second}
}

func (r *rig) invite(name string, life time.Duration, replace bool) wire.Invite {
	r.t.Helper()
	line, _, err := r.hub.Enrol.Invite(r.t.Context(), enrol.Wanted{Device: name, Site: r.site, URL: r.url, For: life, Replace: replace})
	if err != nil {
		r.t.Fatal(err)
	}
	i, err := wire.DecodeInvite(line)
	if err != nil {
		r.t.Fatal(err)
	}
	return i
}

func (r *rig) enrol(name string) *box {
	r.t.Helper()
	b := &box{t: r.t, rig: r, name: name, site: r.site, epoch: "e1"}
	i := r.invite(name, time.Hour, true)
	status, answer := b.tryEnrol(i, name)
	if status != http.StatusOK {
		r.t.Fatalf("enrol: %d %s", status, answer)
	}
	a, err := wire.DecodeEnrolAnswer(answer)
	if err != nil {
		r.t.Fatal(err)
	}
	b.hub = a
	b.http = client(r.t, b.tls(a))
	return b
}

func (b *box) tls(a wire.EnrolAnswer) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA)
	leaf, _ := pem.Decode(a.Certificate)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Bytes}, PrivateKey: b.key}}}
}

func (b *box) tryEnrol(i wire.Invite, name string) (int, []byte) {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.enrolWith(i, name, key)
}

func (b *box) enrolWith(i wire.Invite, name string, key *ecdsa.PrivateKey) (int, []byte) {
	b.t.Helper()
	b.key = key
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		b.t.Fatal(err)
	}
	body, err := wire.Encode(wire.EnrolRequest{Secret: i.Secret, DeviceName: name, EscrowBlob: []byte("blob"),
		CSR: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr})})
	if err != nil {
		b.t.Fatal(err)
	}
	return send(b.t, anonymous(b.rig), "POST", b.rig.url+wire.PathEnrol, body, nil)
}

// send makes one request; every answer must be a hub's.
func send(t testing.TB, c *http.Client, method, url string, body []byte, header http.Header) (int, []byte) {
	t.Helper()
	status, answer, _ := sendWith(t, c, method, url, bytes.NewReader(body), header)
	return status, answer
}

func sendWith(t testing.TB, c *http.Client, method, url string, body io.Reader, header http.Header) (int, []byte, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, req.URL.Path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get(wire.HeaderProtocol) != wire.Protocol {
		t.Errorf("%s %s: no %s", method, req.URL.Path, wire.HeaderProtocol)
	}
	if resp.StatusCode >= 300 && method != "HEAD" {
		if _, err := wire.DecodeError(answer); err != nil {
			t.Errorf("%s %s: %d with %q: %v", method, req.URL.Path, resp.StatusCode, answer, err)
		}
	}
	return resp.StatusCode, answer, resp.Header
}

func code(t testing.TB, body []byte) wire.ErrorCode {
	t.Helper()
	e, err := wire.DecodeError(body)
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	if e.Message == "" || e.Message[0] == '[' {
		t.Errorf("%s has no sentence: %q", e.Code, e.Message)
	}
	return e.Code
}
