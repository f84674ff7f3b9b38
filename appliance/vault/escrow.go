package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"filippo.io/age"

	"dermbox/appliance"
)

const (
	escrowSchema = "dermbox.escrow/1"
	maxEscrow    = 128 << 10 // bytes of a blob that are read
)

// escrow is what the trust can open: the provider's key and the vault it belongs to.
type escrow struct {
	Schema string `json:"schema"`
	ID     string `json:"vault_id"`
	Key    []byte `json:"key"`   // the key-encryption key
	Vault  []byte `json:"vault"` // vault.json as it stood: with Key it gives every case key
}

// EscrowWrap gives the vault's key encrypted to the trust's escrow recipient (age X25519, "age1..."): only the holder of the
// escrow's private half, which is kept off the hub, can open it. The blob is some 700 bytes and holds no patient data.
func (v *Vault) EscrowWrap(recipient string) ([]byte, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "storage.escrow.recipient", err)
	}
	kek, err := v.provider.Key()
	if err != nil {
		return nil, err
	}
	defer clear(kek)
	plain, err := json.Marshal(escrow{Schema: escrowSchema, ID: v.file.ID, Key: kek, Vault: v.raw})
	if err != nil {
		return nil, fmt.Errorf("encode escrow: %w", err)
	}
	defer clear(plain)
	var blob bytes.Buffer
	w, err := age.Encrypt(&blob, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt escrow: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt escrow: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt escrow: %w", err)
	}
	return blob.Bytes(), nil
}

// Recovered is a vault as the escrow gave it back.
type Recovered struct {
	VaultID string
	key     []byte
	raw     []byte
}

// Recover opens an escrow blob with the escrow's private half ("AGE-SECRET-KEY-1..."). A wrong identity or a damaged blob is an
// *appliance.Error with code Unverified.
func Recover(blob []byte, identity string) (*Recovered, error) {
	id, err := age.ParseX25519Identity(identity)
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "storage.escrow.identity", nil) // the cause could quote the secret
	}
	if len(blob) > maxEscrow {
		return nil, appliance.E(appliance.Unverified, "storage.escrow.blob", nil)
	}
	r, err := age.Decrypt(bytes.NewReader(blob), id)
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.escrow.blob", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxEscrow))
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.escrow.blob", err)
	}
	defer clear(plain)
	var e escrow
	if err := json.Unmarshal(plain, &e); err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.escrow.blob", nil)
	}
	f, err := decodeFile(e.Vault)
	if err != nil || e.Schema != escrowSchema || len(e.Key) != KeySize || f.ID != e.ID {
		return nil, appliance.E(appliance.Unverified, "storage.escrow.blob", err)
	}
	return &Recovered{VaultID: e.ID, key: e.Key, raw: e.Vault}, nil
}

// Restore gives the recovered key to the provider and opens the vault in dir. A lost vault.json is written anew; one that
// is there stays and must be the same vault. A key that the provider already holds is never replaced: move it away first.
func (r *Recovered) Restore(dir string, p Provider) (*Vault, error) {
	if Exists(dir) {
		f, _, err := readFile(dir)
		if err != nil {
			return nil, err
		}
		if f.ID != r.VaultID {
			return nil, appliance.E(appliance.Conflict, "storage.escrow.other_vault", nil)
		}
	}
	if err := p.Create(r.key); err != nil {
		return nil, err
	}
	if !Exists(dir) {
		if err := writeNew(dir, r.raw); err != nil {
			return nil, err
		}
	}
	return Open(dir, p)
}
