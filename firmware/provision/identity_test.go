package provision_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"dermbox/firmware/provision"
	"dermbox/sync/wire"
)

func parse(t *testing.T, raw []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(raw)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func csrKey(t *testing.T, raw []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(raw)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return csr.RawSubjectPublicKeyInfo
}

func TestDamagedIdentities(t *testing.T) {
	cases := map[string]struct{ file, content string }{
		"identity cut short": {"identity.json", `{"schema":"dermbox.identity/1",`},
		"identity empty":     {"identity.json", `{}`},
		"certificate":        {"device.crt.pem", "hello"},
		"CA":                 {"ca.crt.pem", ""},
		"key":                {"device.key.pem", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			o := options(t, hub.invite(nil))
			if _, err := provision.Provision(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(o.Dir, c.file), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := provision.LoadIdentity(o.Dir)
			wantKey(t, err, "provision.identity_damaged")
		})
	}
	_, err := provision.LoadIdentity(t.TempDir())
	wantKey(t, err, "provision.none")
}

func TestAnotherDevicesCertificateIsNoticed(t *testing.T) {
	hub := newHub(t)
	a, b := options(t, hub.invite(nil)), options(t, hub.invite(nil))
	for _, o := range []provision.Options{a, b} {
		if _, err := provision.Provision(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(a.Dir, "device.crt.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.Dir, "device.crt.pem"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = provision.LoadIdentity(b.Dir)
	wantKey(t, err, "provision.identity_damaged")
}

// FuzzInvite checks that no line of text makes provisioning do more than refuse it.
func FuzzInvite(f *testing.F) {
	f.Add("dermbox-invite:1:e30")
	f.Add("dermbox-invite:1:eyJ1cmwiOiJodHRwczovL2h1YiJ9")
	f.Fuzz(func(t *testing.T, line string) {
		i, err := wire.DecodeInvite(line)
		if err == nil && (i.URL == "" || i.Secret == "" || i.CAFingerprint == "" || i.Device == "") {
			t.Errorf("%q was taken as %+v", line, i)
		}
	})
}
