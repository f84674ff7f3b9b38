package trustsync_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/wire"
)

// Faults is what the stand-in does wrong. Counted ones run out.
type Faults struct {
	LoseCommitAnswers int // commit, then cut the connection
	Later             int // answer offers with 503 and RetryAfter
	RetryAfter        int // seconds
	Unauthorised      bool
	Compare           wire.ErrorCode                // refuse reconciles with this, and RetryAfter where there is one
	Portal            bool                          // answer everything with a page of a hotel
	CutParts          int                           // cut the connection after CutAfter bytes of a part
	CutAfter          int                           // bytes
	Conflict          map[appliance.CaseID]bool     // refuse offers that hold these
	Reject            map[appliance.CaseID]bool     // reject these in the receipt
	Receipt           func(*wire.ReceiptPayload)    // change what is signed
	ReceiptKey        ed25519.PrivateKey            // sign with another key
	ReceiptKind       signed.Kind                   // sign as another kind
	Random            func(r *http.Request) int     // 0 none, else a random trouble
	AfterPart         func(h *StandInHub, n string) // called when a part is whole
}

// trouble is a fault that strikes any request.
func (h *StandInHub) trouble(w http.ResponseWriter, r *http.Request, kind int) bool {
	switch kind {
	case 1:
		panic(http.ErrAbortHandler)
	case 2:
		_, _ = io.WriteString(w, "<html></html>")
	case 3:
		w.Header().Set(wire.HeaderProtocol, wire.Protocol)
		h.refuse(w, wire.NewError(wire.CodeBusy, "Later."), http.StatusServiceUnavailable)
	case 4:
		w.Header().Set(wire.HeaderProtocol, wire.Protocol)
		_, _ = io.WriteString(w, "{}")
	case 5: // the answer is lost, what was asked is done
		r.RemoteAddr = "lost"
		return false
	default:
		return false
	}
	return true
}

// lose cuts the connection instead of answering.
func (h *StandInHub) lose(r *http.Request) {
	if r.RemoteAddr == "lost" {
		panic(http.ErrAbortHandler)
	}
}

// certificate makes a key and a certificate signed by the CA; a CA of its own without one.
func certificate(t testing.TB, caKey *ecdsa.PrivateKey, ca *x509.Certificate, usage x509.ExtKeyUsage) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "stand-in"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{usage}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if ca == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
		ca, caKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}
