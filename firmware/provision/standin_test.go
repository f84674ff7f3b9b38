package provision_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

// fixedClock is a clock that a test sets.
type fixedClock struct {
	at      time.Time
	quality appliance.ClockQuality
}

func (c fixedClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: c.at, Quality: c.quality, Boot: "test"}
}

func goodClock() fixedClock {
	return fixedClock{at: time.Now(), quality: appliance.ClockSynchronised}
}

// authority is a CA for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Stand-in Trust CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	a.cert = a.issue(t, a.cert, key.Public())
	return a
}

func (a *authority) issue(t *testing.T, template *x509.Certificate, pub any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, pub, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func (a *authority) fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

func (a *authority) leaf(t *testing.T, pub any, usage x509.ExtKeyUsage) *x509.Certificate {
	t.Helper()
	return a.issue(t, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "leaf"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(12 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, pub)
}

// StandInEnrolHub answers hello and enrol as a hub would, over real TLS, and can be told to misbehave. The real hub's
// enrolment is tested with this package in the hub's own tests.
type StandInEnrolHub struct {
	t       *testing.T
	ca      *authority
	server  *httptest.Server
	receipt ed25519.PrivateKey

	mu       sync.Mutex
	seen     bytes.Buffer // every byte of every request's headers and body
	csrs     [][]byte
	refuse   wire.ErrorCode          // answer enrol with this code
	loseOnce bool                    // certify, then cut the connection before the answer
	twist    func(*wire.EnrolAnswer) // change the answer
	portal   bool                    // answer like a captive portal
}

func newHub(t *testing.T) *StandInEnrolHub {
	t.Helper()
	receipt, err := keyring.GenerateEd25519()
	if err != nil {
		t.Fatal(err)
	}
	h := &StandInEnrolHub{t: t, ca: newAuthority(t), receipt: receipt}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := h.ca.leaf(t, key.Public(), x509.ExtKeyUsageServerAuth)
	h.server = httptest.NewUnstartedServer(h)
	h.server.TLS = &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw, h.ca.cert.Raw}, PrivateKey: key}},
	}
	h.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	return h
}

func (h *StandInEnrolHub) invite(change func(*wire.Invite)) string {
	h.t.Helper()
	i := wire.Invite{
		URL: h.server.URL, CAFingerprint: h.ca.fingerprint(), Device: "clinic-1", Site: "RXX01",
		Secret: base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)), ExpiresAt: time.Now().Add(time.Hour),
	}
	if change != nil {
		change(&i)
	}
	line, err := wire.EncodeInvite(i)
	if err != nil {
		h.t.Fatal(err)
	}
	return line
}

func (h *StandInEnrolHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	_ = r.Header.Write(&h.seen)
	h.seen.Write(body)
	if h.portal {
		_, _ = w.Write([]byte("<html>Welcome to the hotel</html>"))
		return
	}
	w.Header().Set(wire.HeaderProtocol, wire.Protocol)
	switch r.URL.Path {
	case wire.PathHello:
		h.answer(w, wire.HelloAnswer{Trust: "RXX", Site: "RXX01", HubName: "Stand-in", EscrowRecipient: "age1standin"})
	case wire.PathEnrol:
		h.enrol(w, body)
	}
}

func (h *StandInEnrolHub) enrol(w http.ResponseWriter, body []byte) {
	request, err := wire.DecodeEnrol(body)
	if err != nil {
		h.t.Errorf("enrolment: %v", err)
	}
	if h.refuse != "" {
		m, _ := h.refuse.Means()
		w.WriteHeader(m.Status)
		raw, _ := wire.EncodeError(wire.NewError(h.refuse, "No."))
		_, _ = w.Write(raw)
		return
	}
	h.csrs = append(h.csrs, request.CSR)
	block, _ := pem.Decode(request.CSR)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || csr.CheckSignature() != nil || csr.Subject.CommonName != "clinic-1" {
		h.t.Errorf("certificate request: %v", err)
	}
	cert := h.ca.leaf(h.t, csr.PublicKey, x509.ExtKeyUsageClientAuth)
	receiptKey, _ := keyring.MarshalPublic(h.receipt.Public())
	a := wire.EnrolAnswer{
		DeviceID: request.DeviceName, Trust: "RXX", Site: "RXX01", HubName: "Stand-in",
		Certificate: certPEM(cert), CA: certPEM(h.ca.cert), ReceiptKey: receiptKey,
	}
	if h.twist != nil {
		h.twist(&a)
	}
	if h.loseOnce {
		h.loseOnce = false
		panic(http.ErrAbortHandler)
	}
	h.answer(w, a)
}

func (h *StandInEnrolHub) answer(w io.Writer, v any) {
	raw, err := wire.Encode(v)
	if err != nil {
		h.t.Error(err)
	}
	_, _ = w.Write(raw)
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
