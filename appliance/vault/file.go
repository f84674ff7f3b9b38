package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

const (
	fileName   = "vault.json"
	fileSchema = "dermbox.vault/1"
	maxFile    = 64 << 10 // bytes of vault.json that are read
)

// file is vault.json: the root key, sealed under the provider's key.
type file struct {
	Schema     string `json:"schema"`
	ID         string `json:"id"`          // random; names the vault in the escrow's blob and in the database
	KeyVersion uint32 `json:"key_version"` // of the root key
	Root       []byte `json:"root"`        // sealed
}

func (f file) where() place {
	return place{table: "vault", column: "root", row: f.ID, version: f.KeyVersion}
}

func (f file) encode() ([]byte, error) { return json.MarshalIndent(f, "", " ") }

func decodeFile(raw []byte) (file, error) {
	var f file
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return file{}, appliance.E(appliance.Unverified, "storage.vault.damaged", err)
	}
	if f.Schema != fileSchema || f.ID == "" || f.KeyVersion == 0 {
		return file{}, appliance.E(appliance.Unverified, "storage.vault.damaged", nil)
	}
	return f, nil
}

func readFile(dir string) (file, []byte, error) {
	r, err := os.Open(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return file{}, nil, appliance.E(appliance.NotFound, "storage.vault.missing", err)
	}
	if err != nil {
		return file{}, nil, fmt.Errorf("open vault file: %w", err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return file{}, nil, fmt.Errorf("read vault file: %w", err)
	}
	f, err := decodeFile(raw)
	return f, raw, err
}

// writeNew puts vault.json into dir and refuses to replace one.
func writeNew(dir string, raw []byte) error {
	if Exists(dir) {
		return appliance.E(appliance.Conflict, "storage.vault.exists", nil)
	}
	return durable.WriteFile(filepath.Join(dir, fileName), raw, 0o600)
}

// Exists says whether dir holds a vault, whatever its state.
func Exists(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, fileName))
	return !errors.Is(err, fs.ErrNotExist)
}
