package provision

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

// check judges the answer before a byte of it is saved: our own key, certified by the pinned CA for client use, for the
// trust and site that hello named.
func check(a wire.EnrolAnswer, invite wire.Invite, hello wire.HelloAnswer, key *ecdsa.PrivateKey, now time.Time) (
	*x509.Certificate, crypto.PublicKey, error) {
	bad := func(err error) (*x509.Certificate, crypto.PublicKey, error) {
		return nil, nil, appliance.E(appliance.Unverified, "provision.bad_answer", err)
	}
	ca, err := parseCertificate(a.CA)
	if err != nil {
		return bad(fmt.Errorf("CA: %w", err))
	}
	if fingerprintOf(ca) != invite.CAFingerprint {
		return nil, nil, appliance.E(appliance.Unverified, "provision.foreign_ca", nil)
	}
	cert, err := parseCertificate(a.Certificate)
	if err != nil {
		return bad(fmt.Errorf("certificate: %w", err))
	}
	if !sameKey(cert, key) {
		return bad(errors.New("the certificate is for another key"))
	}
	if err := verifyDevice(cert, ca, now); err != nil {
		return nil, nil, certificateError(err, invite.Device)
	}
	if a.Trust != hello.Trust || a.Site != hello.Site || a.HubName != hello.HubName {
		return bad(errors.New("trust, site or hub differ from what the hub said at first"))
	}
	receiptKey, err := keyring.ParsePublic(a.ReceiptKey)
	if err != nil {
		return bad(fmt.Errorf("receipt key: %w", err))
	}
	return cert, receiptKey, nil
}

func verifyDevice(cert, ca *x509.Certificate, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	_, err := cert.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

func parseCertificate(raw []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("not exactly one PEM certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

// receiptKeyName makes a file name of a key id.
func receiptKeyName(id string) string { return strings.ReplaceAll(id, ":", "-") }
