package main

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance/clock"
	"dermbox/appliance/signed"
	"dermbox/appliance/vault"
	"dermbox/firmware/provision"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// hub is the hub's own enrolment behind real TLS.
type hub struct {
	t       *testing.T
	service *enrol.Service
	url     string
	escrow  string // file of the escrow's private half
}

func newHub(t *testing.T) *hub {
	t.Helper()
	dir := t.TempDir()
	machine := clock.System(time.Time{}, time.Time{})
	log := slog.New(slog.DiscardHandler)
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "kek")))
	fatal(err)
	l, err := ledger.Create(t.Context(), ledger.Options{Path: filepath.Join(dir, "ledger.db"), Vault: v, Clock: machine, Log: log})
	fatal(err)
	t.Cleanup(func() { l.Close() })
	h := &hub{t: t, escrow: filepath.Join(t.TempDir(), "escrow.key")}
	authority, err := enrol.Create(dir, dir, h.escrow, enrol.Facts{Trust: "RX0", Name: "Test hub"}, machine)
	fatal(err)
	certificate, err := authority.ServerCertificate([]string{"127.0.0.1"}, log)
	fatal(err)
	h.service = &enrol.Service{Authority: authority, Ledger: l, Clock: machine, Log: log}
	server := httptest.NewUnstartedServer(asHub(h.service.Handler()))
	// Not StartTLS: that would put its own certificate first.
	server.Listener = tls.NewListener(server.Listener, &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: certificate})
	server.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelInfo)
	server.Start()
	t.Cleanup(server.Close)
	h.url = strings.Replace(server.URL, "http://", "https://", 1)
	return h
}

// asHub adds what the hub's server puts on every answer.
func asHub(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(wire.HeaderProtocol, wire.Protocol)
		next.ServeHTTP(w, r)
	})
}

func (h *hub) invite(device, site string) string {
	h.t.Helper()
	line, _, err := h.service.Invite(h.t.Context(), enrol.Wanted{Device: device, Site: site, URL: h.url, For: time.Hour})
	if err != nil {
		h.t.Fatal(err)
	}
	return line
}

func TestProvision(t *testing.T) {
	h, r := newHub(t), newRig(t, "")
	invite := r.write("invite", h.invite("box-1", "RX0DM")+"\n")
	r.call("provision", "--invite", invite).want(t, 0, "Enrolled as box-1 at RX0DM with Test hub, trust RX0")
	r.call("status").want(t, 5, "Enrolled as box-1 with Test hub")
	r.call("key", "list").want(t, 0, "hub")

	// The trust's escrow opens the very vault that the box now has.
	v, err := openVault(r.config)
	r.ok(err)
	devices, err := h.service.Ledger.(*ledger.Ledger).Devices(t.Context(), "RX0")
	r.ok(err)
	if len(devices) != 1 || devices[0].ID != "box-1" {
		t.Fatalf("devices %+v", devices)
	}
	recovered, err := vault.Recover(devices[0].Escrow, escrowKey(h.line(h.escrow)))
	r.ok(err)
	if recovered.VaultID != v.ID() {
		t.Error("the escrow opens another vault")
	}

	// An identity is never replaced, and a used invite enrols nobody else.
	r.call("provision", "--invite", invite).want(t, 8)
	other := newRig(t, "")
	other.in = h.line(invite)
	other.call("provision", "--invite", "-").want(t, 6)
	if _, err := os.Stat(other.config.IdentityDir); err == nil {
		t.Error("a refused invite left an identity")
	}
}

// escrowKey finds the key's line in the escrow file.
func escrowKey(file string) string {
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func (h *hub) line(path string) string {
	h.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(raw)
}

func TestProvisionRefusals(t *testing.T) {
	h, r := newHub(t), newRig(t, "")
	r.in = h.invite("box-1", "RX0ZZ")
	r.call("provision", "--invite", "-").want(t, 3, "The invite is for site RX0ZZ, this box's settings say RX0DM")
	r.in = "hello"
	r.call("provision", "--invite", "-").want(t, 3, "not a whole invite")
	r.in = strings.Repeat("x", 10_000)
	r.call("provision", "--invite", "-").want(t, 3, "larger than it can be")
	r.call("provision", "--invite", r.path("none")).want(t, 4)
	r.in = h.invite("box-2", "RX0DM")
	r.call("provision", "--invite", "-", "--name", "box-3").want(t, 3)
	r.in = h.invite("box-2", "RX0DM")
	settings := h.line(r.path("box.yaml"))
	r.write("box.yaml", strings.Replace(settings, "trust: RX0,", "trust: RX9,", 1))
	r.call("provision", "--invite", "-").want(t, 3, "of trust RX0, this box's settings say RX9")
	r.write("box.yaml", settings)
	if _, err := os.Stat(r.config.IdentityDir); err == nil {
		t.Error("a refusal left an identity")
	}
	r.call("provision", "--invite", "-").want(t, 0)
	r.call("provision", "--invite", "-").want(t, 8, "--replace")
}

// What the box signed itself is checked with its own key, and by no other box.
func TestVerifyOwnManifest(t *testing.T) {
	h, r := newHub(t), newRig(t, "")
	r.in = h.invite("box-1", "RX0DM")
	r.call("provision", "--invite", "-", "--json").want(t, 0, `"device": "box-1"`)
	id, err := provision.LoadIdentity(r.config.IdentityDir)
	r.ok(err)
	envelope, err := signed.Sign(t.Context(), signed.KindManifest, []byte(`{"schema":"dermbox.manifest/1"}`), signed.NewSigner(id.Key))
	r.ok(err)
	path := r.write("manifest.json", string(envelope))
	r.call("verify", path).want(t, 0, "Verified: manifest", "(box-1)")
	other := newRig(t, "")
	other.in = h.invite("box-2", "RX0DM")
	other.call("provision", "--invite", "-").want(t, 0)
	other.call("verify", path).want(t, 6)
	newRig(t, "").call("verify", path).want(t, 4)
}
