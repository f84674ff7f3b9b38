package enrol

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/sync/wire"
)

const (
	blockCertificate = "CERTIFICATE"
	blockKey         = "PRIVATE KEY"
	blockPublic      = "PUBLIC KEY"
	blockCSR         = "CERTIFICATE REQUEST"
)

func encodePEM(block string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})
}

// decodePEM gives the one block of that type; nothing may follow it.
func decodePEM(block string, b []byte) ([]byte, error) {
	p, rest := pem.Decode(b)
	if p == nil || p.Type != block || len(rest) > 0 {
		return nil, errors.New("not one PEM block of type " + block)
	}
	return p.Bytes, nil
}

func saveKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode a private key: %w", err)
	}
	return durable.WriteFile(path, encodePEM(blockKey, der), 0o600)
}

func loadKey(path string) (crypto.Signer, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	der, err := decodePEM(blockKey, b)
	if err != nil {
		return nil, unreadable(path, nil)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, unreadable(path, nil) // the cause could quote the key
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, unreadable(path, nil)
	}
	return signer, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, wire.MaxPEM))
	if err != nil {
		return nil, unreadable(path, err)
	}
	return b, nil
}

func unreadable(path string, cause error) error {
	return appliance.E(appliance.Internal, "hubctl.keys.unreadable", cause, "path", path)
}
