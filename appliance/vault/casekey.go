package vault

import (
	"crypto/cipher"
	"encoding/binary"

	"dermbox/appliance"
)

// wrapHeader is in front of a wrapped case key: the version of the key that wrapped it, big endian.
const wrapHeader = 4

// CaseKey is the data key of one case. It is safe for concurrent use.
type CaseKey struct {
	aead    cipher.AEAD
	version uint32
}

// NewCaseKey makes a random data key for a new case and gives it wrapped, as it is stored. Whoever destroys every copy of
// the wrapped key has erased the case.
func (v *Vault) NewCaseKey() (wrapped []byte, err error) {
	key := random()
	defer clear(key)
	version := v.file.KeyVersion
	wrapped = binary.BigEndian.AppendUint32(nil, version)
	return append(wrapped, seal(v.wrap, caseKeyPlace(version), key)...), nil
}

// CaseKey unwraps a case's key. An *appliance.Error with code Unverified says that it is damaged or another vault's.
func (v *Vault) CaseKey(wrapped []byte) (*CaseKey, error) {
	if len(wrapped) != wrapHeader+Overhead+KeySize {
		return nil, appliance.E(appliance.Unverified, "storage.vault.case_key", nil)
	}
	version := binary.BigEndian.Uint32(wrapped)
	key, err := open(v.wrap, caseKeyPlace(version), wrapped[wrapHeader:])
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.vault.case_key", err)
	}
	defer clear(key)
	return &CaseKey{aead: newAEAD(key), version: version}, nil
}

// Seal seals a value of the case for its place: AES-256-GCM, bound to table, column, row and key version.
func (k *CaseKey) Seal(table, column, row string, plain []byte) ([]byte, error) {
	return seal(k.aead, place{table, column, row, k.version}, plain), nil
}

// Open gives what Seal sealed for the same place. Anything else is an *appliance.Error with code Unverified.
func (k *CaseKey) Open(table, column, row string, sealed []byte) ([]byte, error) {
	return open(k.aead, place{table, column, row, k.version}, sealed)
}

func caseKeyPlace(version uint32) place { return place{"cases", "wrapped_key", "", version} }
