package enrol_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/sync/hub/enrol"
)

func create(t *testing.T) (*enrol.Authority, string, string, *clock.Fake) {
	t.Helper()
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "escrow.key")
	c := clock.NewFake(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	a, err := enrol.Create(dir, dir, out, enrol.Facts{Trust: "RZZ", Name: "Hub"}, c)
	if err != nil {
		t.Fatal(err)
	}
	return a, dir, out, c
}

func TestTheEscrowsPrivateHalfIsNotKept(t *testing.T) {
	a, dir, out, c := create(t)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := bytes.Cut(b, []byte("AGE-SECRET-KEY-1"))
	if !found || !bytes.Contains(b, []byte(a.EscrowRecipient)) {
		t.Fatalf("no escrow key in the file")
	}
	secret := strings.TrimSpace(string(after))
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept, err := os.ReadFile(path)
		if bytes.Contains(kept, []byte(secret)) {
			t.Errorf("%s holds it", path)
		}
		info, _ := d.Info()
		if strings.HasSuffix(path, ".key.pem") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.Create(dir, dir, out+"2", enrol.Facts{Trust: "RZZ"}, c); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("a second hub in the folder: %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "escrow.key")
	for name, c := range map[string]struct{ trust, out, field string }{
		"inside":           {"RZZ", filepath.Join(dir, "escrow.key"), "escrow-out"},
		"inside by a link": {"RZZ", filepath.Join(link, "escrow.key"), "escrow-out"},
		"there already":    {"RZZ", there, "escrow-out"},
		"no folder":        {"RZZ", filepath.Join(dir, "a", "b"), ""},
		"trust":            {"rzz 1", outside, "trust"},
	} {
		_, err := enrol.Create(dir, dir, c.out, enrol.Facts{Trust: c.trust}, clock.NewFake(time.Now()))
		if e, ok := err.(*appliance.Error); !ok || e.Code != appliance.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if enrol.Exists(dir) {
		t.Error("a refused Create made a hub")
	}
}

var quiet = slog.New(slog.DiscardHandler)

func TestServerCertificateFollowsHostsAndAge(t *testing.T) {
	a, dir, _, c := create(t)
	leaf := func(a *enrol.Authority, hosts ...string) *x509.Certificate {
		get, err := a.ServerCertificate(hosts, quiet)
		if err != nil {
			t.Fatal(err)
		}
		got, err := get(nil)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(a.CA)
		for _, h := range hosts {
			if _, err := got.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: h, CurrentTime: c.Now().Wall}); err != nil {
				t.Errorf("%s: %v", h, err)
			}
		}
		return got.Leaf
	}
	first := leaf(a, "localhost", "127.0.0.1")
	again, err := enrol.Load(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	if !leaf(again, "localhost", "127.0.0.1").Equal(first) {
		t.Error("a restart made a new certificate")
	}
	if leaf(again, "hub.example.invalid").Equal(first) {
		t.Error("other hosts, same certificate")
	}
	get, err := again.ServerCertificate([]string{"hub.example.invalid"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := get(nil)
	c.Advance(300 * 24 * time.Hour)
	if after, err := get(nil); err != nil || after.Leaf.Equal(before.Leaf) {
		t.Errorf("not renewed while serving: %v", err)
	}
}

// TestACertificateThatCannotBeKeptServes: a disk that is full or read-only takes no listener down, neither when a certificate
// ages nor when it has run out.
func TestACertificateThatCannotBeKeptServes(t *testing.T) {
	a, dir, _, c := create(t)
	get, err := a.ServerCertificate([]string{"localhost"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := get(nil)
	for _, name := range []string{"server.key.pem", "server.crt.pem"} { // a folder in its place: no file can be written
		if err := errors.Join(os.Remove(filepath.Join(dir, name)), os.MkdirAll(filepath.Join(dir, name, "x"), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	get2, err := a.ServerCertificate([]string{"localhost"}, log)
	if err != nil || !strings.Contains(said.String(), "cannot be kept") {
		t.Fatalf("a start on that disk: %v, said %q", err, said.String())
	}
	for _, get := range []func(*tls.ClientHelloInfo) (*tls.Certificate, error){get, get2} {
		for range 3 {
			c.Advance(300 * 24 * time.Hour)
			got, err := get(nil)
			if err != nil || got.Leaf.Equal(before.Leaf) || c.Now().Wall.After(got.Leaf.NotAfter) {
				t.Fatalf("%v", err)
			}
			if again, err := get(nil); err != nil || !again.Leaf.Equal(got.Leaf) {
				t.Errorf("made anew for each connection: %v", err)
			}
		}
	}
}

func TestDeviceOf(t *testing.T) {
	for text, ok := range map[string]bool{
		"dermbox:RZZ:RZZ01:box-1": true, "dermbox:RZZ:RZZ01": false, "other:RZZ:RZZ01:box-1": false,
		"dermbox:RZZ:RZZ01:Box 1": false, "dermbox:RZZ:RZZ01:box-1:x": false, "dermbox://RZZ:RZZ01:box-1": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			continue
		}
		if _, err := enrol.DeviceOf(&x509.Certificate{URIs: []*url.URL{u}}); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := enrol.DeviceOf(&x509.Certificate{}); err == nil {
		t.Error("a certificate without a name is a device")
	}
}

func TestDamagedKeysAreNamed(t *testing.T) {
	_, dir, _, c := create(t)
	if err := os.WriteFile(filepath.Join(dir, "receipt.key.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := enrol.Load(dir, c)
	if e, ok := err.(*appliance.Error); !ok || e.Key != "hubctl.keys.unreadable" || !strings.Contains(e.Params["path"], "receipt.key.pem") {
		t.Errorf("got %v", err)
	}
	if _, err := enrol.Load(t.TempDir(), c); appliance.CodeOf(err) != appliance.NotFound {
		t.Errorf("no hub: %v", err)
	}
}
