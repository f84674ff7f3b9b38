package provision

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// pinned gives a TLS configuration that knows the hub by the CA fingerprint in the invite alone, whatever the system
// trusts. The hub sends its CA along with its certificate.
func pinned(invite wire.Invite, clock appliance.Clock) *tls.Config {
	host := ""
	if u, err := url.Parse(invite.URL); err == nil {
		host = u.Hostname()
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		// The standard check would ask the system's CAs. VerifyConnection below does all of it against the pinned CA instead.
		InsecureSkipVerify: true, //nolint:gosec // see above
		VerifyConnection: func(s tls.ConnectionState) error {
			return verifyHub(s.PeerCertificates, invite.CAFingerprint, host, clock.Now().Wall)
		},
	}
}

// verifyHub checks a presented chain: it holds the CA of that fingerprint, which signed a certificate for that host.
func verifyHub(chain []*x509.Certificate, fingerprint, host string, now time.Time) error {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	found := false
	for _, c := range chain {
		if fingerprintOf(c) == fingerprint && c.IsCA {
			roots.AddCert(c)
			found = true
		}
	}
	if len(chain) == 0 || !found {
		return appliance.E(appliance.Unverified, "provision.foreign_ca", nil)
	}
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, DNSName: host, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return certificateError(err, host)
}

func certificateError(err error, host string) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return appliance.E(appliance.Unverified, "provision.wrong_host", err, "host", host)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return appliance.E(appliance.Unverified, "provision.certificate_dates", err)
	}
	return appliance.E(appliance.Unverified, "provision.foreign_ca", err)
}

func fingerprintOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// sameKey says whether the certificate is for the key's public half.
func sameKey(c *x509.Certificate, key *ecdsa.PrivateKey) bool {
	pub, ok := c.PublicKey.(*ecdsa.PublicKey)
	return ok && pub.Equal(key.Public())
}
