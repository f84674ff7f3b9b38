package vault

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"dermbox/appliance"
)

// Vault is an open vault. It is safe for concurrent use.
type Vault struct {
	provider Provider
	file     file
	raw      []byte // vault.json, for escrow

	wrap  cipher.AEAD // wraps case keys
	box   cipher.AEAD // seals the box's own rows
	blind []byte      // makes blind indexes
}

// Create makes a new vault in dir and opens it. A key that the provider already holds is used, so that a Create that was
// cut short can be repeated; a vault that exists is never replaced (Conflict).
func Create(dir string, p Provider) (*Vault, error) {
	if Exists(dir) {
		return nil, appliance.E(appliance.Conflict, "storage.vault.exists", nil)
	}
	kek, err := p.Key()
	if appliance.CodeOf(err) == appliance.NotFound {
		kek = random()
		err = p.Create(kek)
	}
	if err != nil {
		return nil, err
	}
	defer clear(kek)
	root := random()
	defer clear(root)
	f := file{Schema: fileSchema, ID: appliance.NewID(), KeyVersion: 1}
	f.Root = seal(newAEAD(kek), f.where(), root)
	raw, err := f.encode()
	if err != nil {
		return nil, err
	}
	if err := writeNew(dir, raw); err != nil {
		return nil, err
	}
	return Open(dir, p)
}

// Open opens the vault in dir with the provider's key. Errors are *appliance.Error: NotFound when vault or key is missing,
// Unverified when the key is another vault's or the file is damaged. Nothing is changed or replaced then: the data stays
// for the right key, or for the trust's escrow.
func Open(dir string, p Provider) (*Vault, error) {
	f, raw, err := readFile(dir)
	if err != nil {
		return nil, err
	}
	kek, err := p.Key()
	if err != nil {
		return nil, err
	}
	defer clear(kek)
	if len(kek) != KeySize {
		return nil, appliance.E(appliance.Unverified, "storage.vault.key_damaged", nil)
	}
	root, err := open(newAEAD(kek), f.where(), f.Root)
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.vault.wrong_key", err)
	}
	defer clear(root)
	return &Vault{
		provider: p, file: f, raw: raw,
		wrap:  newAEAD(derive(root, "wrap case keys")),
		box:   newAEAD(derive(root, "seal box rows")),
		blind: derive(root, "blind index"),
	}, nil
}

// ID names the vault. It is random and may be shown.
func (v *Vault) ID() string { return v.file.ID }

// Seal seals a value of the box itself, one that belongs to no case, for its place.
func (v *Vault) Seal(table, column, row string, plain []byte) ([]byte, error) {
	return seal(v.box, place{table, column, row, v.file.KeyVersion}, plain), nil
}

// Open gives what Seal sealed for the same place. Anything else is an *appliance.Error with code Unverified.
func (v *Vault) Open(table, column, row string, sealed []byte) ([]byte, error) {
	return open(v.box, place{table, column, row, v.file.KeyVersion}, sealed)
}

// BlindIndex gives 32 bytes by which equal values of one domain can be found and from which, without the vault, nothing
// about the value can be learnt (HMAC-SHA256). Domains keep equal values of different kinds apart.
func (v *Vault) BlindIndex(domain, value string) []byte {
	mac := hmac.New(sha256.New, v.blind)
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], uint32(len(domain)))
	mac.Write(length[:])
	mac.Write([]byte(domain))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

func derive(root []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, root, nil, "dermbox vault 1: "+purpose, KeySize)
	if err != nil {
		panic("vault: HKDF gives 32 bytes: " + err.Error())
	}
	return key
}

func random() []byte {
	key := make([]byte, KeySize)
	rand.Read(key) // never returns an error (Go 1.24)
	return key
}
