package provision

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

// The files of an identity folder.
const (
	identityFile    = "identity.json"
	keyFile         = "device.key.pem" // mode 0600
	certificateFile = "device.crt.pem"
	caFile          = "ca.crt.pem"
)

// IdentitySchema is the version of identity.json.
const IdentitySchema = "dermbox.identity/1"

// Identity is who the device is to its trust. The epoch of its offers is not here but in its database, whose batches are
// numbered within it: a restored database begins a new one, under the same identity. The fields without a JSON name come from the other files of the folder.
type Identity struct {
	Schema     string    `json:"schema"`
	Device     string    `json:"device"`
	Trust      string    `json:"trust"` // ODS code
	Site       string    `json:"site"`  // ODS code
	HubURL     string    `json:"hub_url"`
	HubName    string    `json:"hub_name"`
	EnrolledAt time.Time `json:"enrolled_at"`

	Key         crypto.Signer     `json:"-"` // ECDSA P-256
	Certificate *x509.Certificate `json:"-"`
	CA          *x509.Certificate `json:"-"` // the trust's, the only one that the hub is known by
}

// LoadIdentity reads an identity folder and checks that its files belong together: the certificate is for the key and was
// signed by the CA. It does not judge the certificate's dates: an expired identity is still one, and IT must be told. Errors
// are *appliance.Error: NotFound "provision.none" where there is no identity, Invalid "provision.identity_damaged".
func LoadIdentity(dir string) (*Identity, error) {
	raw, err := readFile(dir, identityFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, appliance.E(appliance.NotFound, "provision.none", err, "path", dir)
	}
	if err != nil {
		return nil, damaged(dir, err)
	}
	id := &Identity{}
	if err := signed.Unmarshal(raw, id); err != nil {
		return nil, damaged(dir, err)
	}
	if id.Schema != IdentitySchema || !wire.ValidDevice(id.Device) || !wire.ValidCode(id.Trust) || !wire.ValidCode(id.Site) ||
		id.HubURL == "" {
		return nil, damaged(dir, errors.New("identity.json: a field is missing or not of the right form"))
	}
	if err := id.loadKeys(dir); err != nil {
		return nil, damaged(dir, err)
	}
	return id, nil
}

func (i *Identity) loadKeys(dir string) error {
	var err error
	if i.Key, err = keyring.LoadPrivate(filepath.Join(dir, keyFile)); err != nil {
		return err
	}
	if i.Certificate, err = loadCertificate(dir, certificateFile); err != nil {
		return err
	}
	if i.CA, err = loadCertificate(dir, caFile); err != nil {
		return err
	}
	key, ok := i.Key.(*ecdsa.PrivateKey)
	if !ok || !sameKey(i.Certificate, key) {
		return errors.New("the certificate is for another key")
	}
	return i.Certificate.CheckSignatureFrom(i.CA)
}

// TLS gives the certificate with its key as a TLS client presents it.
func (i *Identity) TLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.Key, Leaf: i.Certificate}
}

func loadCertificate(dir, name string) (*x509.Certificate, error) {
	raw, err := readFile(dir, name)
	if err != nil {
		return nil, err
	}
	c, err := parseCertificate(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

func readFile(dir, name string) ([]byte, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, wire.MaxPEM))
}

func damaged(dir string, err error) error {
	return appliance.E(appliance.Invalid, "provision.identity_damaged", err, "path", dir)
}
