package provision_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
	"dermbox/sync/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(t *testing.T, invite string) provision.Options {
	t.Helper()
	root := t.TempDir()
	return provision.Options{
		Invite: invite, Dir: filepath.Join(root, "identity"), KeyringDir: filepath.Join(root, "keys"),
		Escrow: func(string) ([]byte, error) { return []byte("wrapped"), nil },
		Clock:  goodClock(), Timeout: 5 * time.Second,
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("error is %v, want %s", err, key)
	}
}

func TestProvision(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	recipient := ""
	o.Escrow = func(r string) ([]byte, error) { recipient = r; return []byte("wrapped"), nil }
	result, err := provision.Provision(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	id, err := provision.LoadIdentity(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if id.Device != "clinic-1" || id.Trust != "RXX" || id.Site != "RXX01" || id.HubURL != hub.server.URL ||
		recipient != "age1standin" {
		t.Errorf("%+v, recipient %q", id, recipient)
	}
	ring, err := keyring.Load(o.KeyringDir, true)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := ring.Find(result.ReceiptKeyID); !ok || k.Role != keyring.RoleHub ||
		k.ID != signed.KeyID(hub.receipt.Public()) {
		t.Errorf("receipt key %+v", k)
	}
	if info, err := os.Stat(filepath.Join(o.Dir, "device.key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	entries, err := os.ReadDir(filepath.Dir(o.Dir))
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
	_, err = provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.already")
}

func TestThePrivateKeyStaysOnTheDevice(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	if _, err := provision.Provision(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	id, err := provision.LoadIdentity(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := id.Key.(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	seen := hub.seen.Bytes()
	for _, form := range [][]byte{secret, []byte("PRIVATE"), []byte(base64.StdEncoding.EncodeToString(secret))[:40]} {
		if bytes.Contains(seen, form) {
			t.Fatalf("the hub saw the key as %q", form)
		}
	}
	if len(seen) < 500 || !bytes.Contains(seen, []byte("csr")) {
		t.Error("the stand-in recorded nothing: this test would see no key either")
	}
}

func TestInvitesRefused(t *testing.T) {
	cases := map[string]struct {
		invite func(*wire.Invite)
		hub    func(*StandInEnrolHub)
		opt    func(*provision.Options)
		key    string
	}{
		"used":    {hub: func(h *StandInEnrolHub) { h.refuse = wire.CodeInviteUsed }, key: "provision.invite_used"},
		"unknown": {hub: func(h *StandInEnrolHub) { h.refuse = wire.CodeInviteUnknown }, key: "provision.invite_unknown"},
		"expired by the hub's clock": {hub: func(h *StandInEnrolHub) { h.refuse = wire.CodeInviteExpired },
			key: "provision.invite_expired"},
		"expired by a good clock": {invite: func(i *wire.Invite) { i.ExpiresAt = time.Now().Add(-time.Minute) },
			key: "provision.invite_expired"},
		"of another CA": {invite: func(i *wire.Invite) { i.CAFingerprint = strings.Repeat("ab", 32) },
			key: "provision.foreign_ca"},
		"for another host": {invite: func(i *wire.Invite) { i.URL = strings.Replace(i.URL, "127.0.0.1", "localhost", 1) },
			key: "provision.wrong_host"},
		"for another site": {invite: func(i *wire.Invite) { i.Site = "RYY02" }, key: "provision.wrong_site"},
		"for another device": {opt: func(o *provision.Options) { o.DeviceName = "clinic-2" },
			key: "provision.invite_device"},
		"malformed": {opt: func(o *provision.Options) { o.Invite = o.Invite[:len(o.Invite)-9] }, key: "provision.invite_malformed"},
		"not one":   {opt: func(o *provision.Options) { o.Invite = "hello" }, key: "provision.invite_malformed"},
		"portal":    {hub: func(h *StandInEnrolHub) { h.portal = true }, key: "provision.portal"},
		"hub away":  {hub: func(h *StandInEnrolHub) { h.server.Close() }, key: "provision.unreachable"},
		"clock 1970": {opt: func(o *provision.Options) { o.Clock = fixedClock{time.Unix(0, 0), appliance.ClockSuspect} },
			key: "provision.certificate_dates"},
		"escrow fails": {opt: func(o *provision.Options) {
			o.Escrow = func(string) ([]byte, error) { return nil, errors.New("no vault") }
		}, key: "provision.escrow"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			if c.hub != nil {
				c.hub(hub)
			}
			o := options(t, hub.invite(c.invite))
			if c.opt != nil {
				c.opt(&o)
			}
			_, err := provision.Provision(t.Context(), o)
			wantKey(t, err, c.key)
			nothingSaved(t, o)
		})
	}
}

func nothingSaved(t *testing.T, o provision.Options) {
	t.Helper()
	if _, err := os.Stat(o.Dir); !os.IsNotExist(err) {
		t.Errorf("an identity was left behind: %v", err)
	}
	if keys, _ := filepath.Glob(filepath.Join(o.KeyringDir, "*", "*")); len(keys) != 0 {
		t.Errorf("keys were left behind: %v", keys)
	}
}

func TestAnswersThatDoNotFitAreRefused(t *testing.T) {
	other := newAuthority(t)
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		twist func(*StandInEnrolHub, *wire.EnrolAnswer)
		key   string
	}{
		"another CA": {func(_ *StandInEnrolHub, a *wire.EnrolAnswer) { a.CA = certPEM(other.cert) }, "provision.foreign_ca"},
		"certificate of another CA": {func(h *StandInEnrolHub, a *wire.EnrolAnswer) {
			a.Certificate = certPEM(other.leaf(h.t, deviceKey(h.t, a), x509.ExtKeyUsageClientAuth))
		}, "provision.foreign_ca"},
		"certificate for servers": {func(h *StandInEnrolHub, a *wire.EnrolAnswer) {
			a.Certificate = certPEM(h.ca.leaf(h.t, deviceKey(h.t, a), x509.ExtKeyUsageServerAuth))
		}, "provision.foreign_ca"},
		"another key": {func(h *StandInEnrolHub, a *wire.EnrolAnswer) {
			a.Certificate = certPEM(h.ca.leaf(h.t, otherKey.Public(), x509.ExtKeyUsageClientAuth))
		}, "provision.bad_answer"},
		"another trust":      {func(_ *StandInEnrolHub, a *wire.EnrolAnswer) { a.Trust = "RZZ" }, "provision.bad_answer"},
		"no receipt key":     {func(_ *StandInEnrolHub, a *wire.EnrolAnswer) { a.ReceiptKey = []byte("x") }, "provision.bad_answer"},
		"two certificates":   {func(_ *StandInEnrolHub, a *wire.EnrolAnswer) { a.Certificate = append(a.Certificate, a.CA...) }, "provision.bad_answer"},
		"a malformed device": {func(_ *StandInEnrolHub, a *wire.EnrolAnswer) { a.DeviceID = "../x" }, "provision.bad_answer"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			hub.twist = func(a *wire.EnrolAnswer) { c.twist(hub, a) }
			o := options(t, hub.invite(nil))
			_, err := provision.Provision(t.Context(), o)
			wantKey(t, err, c.key)
			nothingSaved(t, o)
		})
	}
}

// deviceKey gives the key of the certificate in the answer.
func deviceKey(t *testing.T, a *wire.EnrolAnswer) any {
	t.Helper()
	return parse(t, a.Certificate).PublicKey
}

func TestALostAnswerGoesOnWithTheSameKey(t *testing.T) {
	hub := newHub(t)
	hub.loseOnce = true
	o := options(t, hub.invite(nil))
	_, err := provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.unreachable")
	if e, _ := errors.AsType[*appliance.Error](err); !e.Transient {
		t.Error("not transient")
	}
	if _, err := provision.Provision(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(hub.csrs) != 2 || !bytes.Equal(csrKey(t, hub.csrs[0]), csrKey(t, hub.csrs[1])) {
		t.Errorf("%d requests, or with different keys", len(hub.csrs))
	}
}

// TestARenameThatFailsGoesOnWithTheSameKey: the hub has taken the invite by then, and takes it again for that key only.
func TestARenameThatFailsGoesOnWithTheSameKey(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	blocker := filepath.Join(o.Dir, "notes")
	o.Escrow = func(string) ([]byte, error) {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, err
		}
		return []byte("wrapped"), os.WriteFile(blocker, nil, 0o600)
	}
	_, err := provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.not_empty")
	if err := os.Remove(blocker); err != nil {
		t.Fatal(err)
	}
	o.Escrow = func(string) ([]byte, error) { return []byte("wrapped"), nil }
	if _, err := provision.Provision(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(hub.csrs) != 2 || !bytes.Equal(csrKey(t, hub.csrs[0]), csrKey(t, hub.csrs[1])) {
		t.Errorf("%d requests, or with different keys", len(hub.csrs))
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "invite.sha256")); err == nil {
		t.Error("the mark of the invite is left behind")
	}
}

func TestAnotherTrustsHubIsRefusedBeforeAnythingIsMade(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	o.Trust = "RYY"
	_, err := provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.wrong_trust")
	if entries, err := os.ReadDir(filepath.Dir(o.Dir)); err != nil || len(entries) > 0 || len(hub.csrs) > 0 {
		t.Errorf("%v %v: something was made, or the invite was used", entries, err)
	}
	o.Trust = "RXX"
	if _, err := provision.Provision(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestAFolderWithOtherThingsIsLeftAlone(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "notes"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.not_empty")
}

func TestAnEmptyFolderIsTaken(t *testing.T) {
	hub := newHub(t)
	o := options(t, hub.invite(nil))
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := provision.Provision(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func TestAHubWithoutTLS13IsRefused(t *testing.T) {
	hub := newHub(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		MaxVersion: tls.VersionTLS12, Certificates: hub.server.TLS.Certificates,
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err == nil {
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	defer func() { _ = l.Close(); <-done }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	o := options(t, hub.invite(func(i *wire.Invite) { i.URL = "https://127.0.0.1:" + port }))
	_, err = provision.Provision(t.Context(), o)
	wantKey(t, err, "provision.unreachable")
}
