package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/client"
	"dermbox/sync/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type clock struct{ at time.Time }

func (c clock) Now() appliance.Stamp { return appliance.Stamp{Wall: c.at} }

// authority signs certificates for tests.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.key, a.cert = a.issue(t, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	return a
}

func (a *authority) issue(t *testing.T, change func(*x509.Certificate)) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(template)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

func pair(key *ecdsa.PrivateKey, cert *x509.Certificate) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// rig is a TLS server of a test's own with a client for it.
type rig struct {
	t       *testing.T
	ca      *authority
	server  *httptest.Server
	options client.Options
}

func newRig(t *testing.T, handler http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{t: t, ca: newAuthority(t)}
	pool := x509.NewCertPool()
	pool.AddCert(r.ca.cert)
	r.server = httptest.NewUnstartedServer(handler)
	r.server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{pair(r.ca.issue(t, nil))},
	}
	r.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	r.options = client.Options{CA: r.ca.cert, Clock: clock{time.Now()}, Certificate: pair(r.ca.issue(t, nil))}
	return r
}

// start gives the client; change sees the rig before the server starts.
func (r *rig) start(change func(*rig)) *client.Client {
	r.t.Helper()
	if change != nil {
		change(r)
	}
	r.server.StartTLS()
	r.t.Cleanup(r.server.Close)
	if r.options.URL == "" {
		r.options.URL = r.server.URL
	}
	c, err := client.New(r.options)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.Close)
	return c
}

func isHub(f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(wire.HeaderProtocol, wire.Protocol)
		f(w, r)
	}
}

func reconcile(c *client.Client) error {
	_, err := c.Reconcile(context.Background(), "")
	return err
}

func wantKey(t *testing.T, err error, key string, transient bool) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Key != key || e.Transient != transient {
		t.Fatalf("error is %v (transient %v), want %s (transient %v)", err, ok && e.Transient, key, transient)
	}
}
