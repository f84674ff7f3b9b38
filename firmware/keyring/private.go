package keyring

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
)

// GenerateEd25519 makes a publisher's key pair.
func GenerateEd25519() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// LoadPrivate reads a private key file (PEM, PKCS #8): Ed25519 or ECDSA P-256. Errors are *appliance.Error and never
// carry a byte of the file.
func LoadPrivate(path string) (crypto.Signer, error) {
	raw, err := readCapped(path, maxFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, appliance.E(appliance.Invalid, "keys.not_private", nil, "path", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "keys.not_private", nil, "path", path)
	}
	signer, ok := key.(crypto.Signer)
	if !ok || signed.KeyID(signer.Public()) == "" {
		return nil, appliance.E(appliance.Invalid, "keys.algorithm", nil, "path", path)
	}
	return signer, nil
}

// SavePrivate writes a private key durably as PEM PKCS #8, readable by its owner only. It never replaces a file.
func SavePrivate(path string, key crypto.Signer) error {
	if signed.KeyID(key.Public()) == "" {
		return appliance.E(appliance.Invalid, "keys.algorithm", nil, "path", path)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return appliance.E(appliance.Conflict, "keys.exists", err, "path", path)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encoding a private key: %w", err)
	}
	raw := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := durable.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("saving a private key: %w", err)
	}
	return nil
}
