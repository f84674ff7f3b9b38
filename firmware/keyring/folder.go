package keyring

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
)

const (
	suffix  = ".pub"
	maxFile = 16 << 10 // bytes of a key file; a PEM key has about 120
	maxKeys = 256      // files of one role
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Load reads dir/<role>/*.pub (PEM, PKIX). A role without a folder has no keys. Refused, each with an *appliance.Error and a
// sentence of its own: a folder that is no role, a file that is no Ed25519 or ECDSA P-256 key, one key under two roles,
// and, when live, any key of the demonstration, whatever it is called.
func Load(dir string, live bool) (*Ring, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "keys.no_folder", err, "path", dir)
	}
	r := &Ring{}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		role := Role(e.Name())
		if !role.known() {
			return nil, appliance.E(appliance.Invalid, "keys.unknown_role", nil, "path", filepath.Join(dir, e.Name()))
		}
		if err := r.loadRole(dir, role, live); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Ring) loadRole(dir string, role Role, live bool) error {
	paths, err := filepath.Glob(filepath.Join(globSafe(dir), string(role), "*"+suffix))
	if err != nil {
		return fmt.Errorf("listing keys: %w", err)
	}
	if len(paths) > maxKeys {
		return appliance.E(appliance.Invalid, "keys.too_many", nil, "path", filepath.Join(dir, string(role)))
	}
	for _, path := range paths {
		k, err := loadKey(role, path)
		if err != nil {
			return err
		}
		if live {
			if demo, err := IsDemo(k.Public); err != nil || demo {
				return appliance.E(appliance.Forbidden, "keys.demo_in_live", err, "path", path)
			}
		}
		if err := r.add(k); err != nil {
			return err
		}
	}
	return nil
}

// globSafe escapes the pattern characters of a folder's name.
func globSafe(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func loadKey(role Role, path string) (Key, error) {
	raw, err := readCapped(path, maxFile)
	if err != nil {
		return Key{}, err
	}
	k, err := parseKey(role, strings.TrimSuffix(filepath.Base(path), suffix), raw)
	if err != nil {
		return Key{}, appliance.E(appliance.Invalid, "keys.not_a_key", err, "path", path)
	}
	return k, nil
}

func parseKey(role Role, name string, raw []byte) (Key, error) {
	pub, err := ParsePublic(raw)
	if err != nil {
		return Key{}, err
	}
	return Key{Role: role, Name: name, ID: signed.KeyID(pub), Public: pub}, nil
}

// ParsePublic reads one PEM PKIX public key, Ed25519 or ECDSA P-256.
func ParsePublic(raw []byte) (crypto.PublicKey, error) {
	block, rest := pem.Decode(raw)
	if block == nil || block.Type != "PUBLIC KEY" || len(strings.TrimSpace(string(rest))) != 0 {
		return nil, errors.New("not exactly one PEM block PUBLIC KEY")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if signed.KeyID(pub) == "" {
		return nil, errors.New("neither Ed25519 nor ECDSA P-256")
	}
	return pub, nil
}

// MarshalPublic gives the PEM PKIX form that ParsePublic reads.
func MarshalPublic(pub crypto.PublicKey) ([]byte, error) {
	if signed.KeyID(pub) == "" {
		return nil, appliance.E(appliance.Invalid, "keys.algorithm", nil)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("encoding a public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// Save adds a public key to a keyring folder, durably, as dir/<role>/<name>.pub. The same key again is no error; another
// key under a name that is taken is refused with *appliance.Error Conflict.
func Save(dir string, role Role, name string, pub crypto.PublicKey) error {
	if !role.known() || !nameForm.MatchString(name) {
		return appliance.E(appliance.Invalid, "keys.name", nil, "role", string(role))
	}
	raw, err := MarshalPublic(pub)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, string(role))
	path := filepath.Join(folder, name+suffix)
	old, err := loadKey(role, path)
	switch {
	case err == nil && same(old.Public, pub):
		return nil
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		return appliance.E(appliance.Conflict, "keys.exists", err, "path", path)
	}
	if err := durable.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("making the folder of role %s: %w", role, err)
	}
	if err := durable.WriteFile(path, raw, 0o644); err != nil {
		return fmt.Errorf("saving a key of role %s: %w", role, err)
	}
	return durable.SyncDir(dir)
}

func readCapped(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, appliance.E(appliance.Invalid, "keys.folder", nil, "path", path)
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fileError(path, err)
	}
	if int64(len(raw)) > limit {
		return nil, appliance.E(appliance.Invalid, "keys.file_too_large", nil, "path", path, "limit", fmt.Sprint(limit))
	}
	return raw, nil
}

func fileError(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return appliance.E(appliance.NotFound, "keys.no_file", err, "path", path)
	}
	return appliance.E(appliance.Invalid, "keys.unreadable", err, "path", path)
}
