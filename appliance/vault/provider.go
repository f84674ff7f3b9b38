package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// KeySize is the length of every key in the vault, in bytes (AES-256).
const KeySize = 32

// Provider guards the key-encryption key. Its errors are *appliance.Error: NotFound when it holds no key, Forbidden when
// the key lies open to others, Unverified when what it holds is no key.
type Provider interface {
	// Key gives the key: KeySize bytes, the caller's own copy.
	Key() ([]byte, error)
	// Create keeps key durably. It never replaces one: then the error is a Conflict.
	Create(key []byte) error
}

// FileProvider keeps the key in a file that only its owner may read: for development, and for boxes without a TPM whose
// disk is encrypted. Create makes the file, nothing else does.
func FileProvider(path string) Provider { return fileProvider(path) }

type fileProvider string

func (p fileProvider) Key() ([]byte, error) {
	f, err := os.Open(string(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, appliance.E(appliance.NotFound, "storage.vault.key_missing", err)
	}
	if err != nil {
		return nil, appliance.E(appliance.Forbidden, "storage.vault.key_unreadable", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("check key file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, appliance.E(appliance.Forbidden, "storage.vault.key_open", nil, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
	key, err := io.ReadAll(io.LimitReader(f, KeySize+1))
	if err != nil {
		return nil, appliance.E(appliance.Forbidden, "storage.vault.key_unreadable", err)
	}
	if len(key) != KeySize {
		clear(key)
		return nil, appliance.E(appliance.Unverified, "storage.vault.key_damaged", nil)
	}
	return key, nil
}

func (p fileProvider) Create(key []byte) error {
	if _, err := os.Lstat(string(p)); !errors.Is(err, fs.ErrNotExist) {
		return appliance.E(appliance.Conflict, "storage.vault.key_exists", err)
	}
	return durable.WriteFile(string(p), key, 0o600)
}
