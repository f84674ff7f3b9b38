package enrol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// ServerCertificate gives the hub's own certificate for the hosts, to use as tls.Config.GetCertificate. A new one is made
// when there is none, when the hosts have changed, and when less than a third of its life is left, also while serving. One
// that cannot be kept, as on a full disk, serves all the same: that is logged, and the next start makes another.
func (a *Authority) ServerCertificate(hosts []string, log *slog.Logger) (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if len(hosts) == 0 {
		return nil, appliance.FieldError("hosts", "hubctl.config.hosts")
	}
	current, err := a.loadServer(hosts, log)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		if a.ageing(current.Leaf) {
			fresh, err := a.makeServer(hosts, log)
			if err != nil {
				log.Error("the hub's certificate cannot be renewed; the present one serves on", "until", current.Leaf.NotAfter, "error", err)
				return current, nil
			}
			current = fresh
		}
		return current, nil
	}, nil
}

func (a *Authority) ageing(leaf *x509.Certificate) bool {
	return a.clock.Now().Wall.After(leaf.NotAfter.Add(-hubLife / 3))
}

func (a *Authority) loadServer(hosts []string, log *slog.Logger) (*tls.Certificate, error) {
	leaf, certErr := loadCertificate(filepath.Join(a.dir, fileServer))
	key, keyErr := loadKey(filepath.Join(a.dir, fileServerKey))
	if certErr != nil || keyErr != nil || a.ageing(leaf) || !slices.Equal(hostsOf(leaf), sorted(hosts)) ||
		leaf.CheckSignatureFrom(a.CA) != nil || !matches(leaf, key) {
		return a.makeServer(hosts, log)
	}
	return a.withChain(leaf, key), nil
}

// matches says whether key is the certificate's: an interrupted renewal may have left one new file and one old.
func matches(leaf *x509.Certificate, key crypto.Signer) bool {
	public, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(key.Public())
}

func (a *Authority) withChain(leaf *x509.Certificate, key crypto.Signer) *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.CA.Raw}, PrivateKey: key, Leaf: leaf}
}

func (a *Authority) makeServer(hosts []string, log *slog.Logger) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the hub's key: %w", err)
	}
	now := a.clock.Now().Wall
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{a.Trust}, CommonName: hosts[0]},
		NotBefore: now.Add(-backdate), NotAfter: earlier(now.Add(hubLife), a.CA.NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.CA, key.Public(), a.caKey)
	if err != nil {
		return nil, fmt.Errorf("make the hub's certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the hub's certificate: %w", err)
	}
	if err := a.saveServer(key, der); err != nil {
		log.Error("the hub's new certificate cannot be kept; it serves until the hub stops", "until", leaf.NotAfter, "error", err)
	}
	return a.withChain(leaf, key), nil
}

func (a *Authority) saveServer(key crypto.Signer, der []byte) error {
	if err := saveKey(filepath.Join(a.dir, fileServerKey), key); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(a.dir, fileServer), encodePEM(blockCertificate, der), 0o644)
}

func hostsOf(leaf *x509.Certificate) []string {
	all := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		all = append(all, ip.String())
	}
	return sorted(all)
}

func sorted(hosts []string) []string {
	all := slices.Clone(hosts)
	slices.Sort(all)
	return all
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
