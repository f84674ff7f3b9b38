package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"

	"dermbox/appliance"
)

// sealVersion is the first byte of everything sealed here: AES-256-GCM, random 96-bit nonce in front, 128-bit tag behind.
const sealVersion = 1

// Overhead is how many bytes longer a sealed value is than its plain form.
const Overhead = 1 + 12 + 16

// place is where a sealed value belongs; it opens nowhere else.
type place struct {
	table, column, row string
	version            uint32 // of the key
}

// bytes gives the place as associated data: each name with its length in front, so that no two places look alike.
func (p place) bytes() []byte {
	b := []byte{sealVersion}
	for _, s := range []string{p.table, p.column, p.row} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return binary.BigEndian.AppendUint32(b, p.version)
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("vault: keys have a fixed length: " + err.Error())
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("vault: AES has GCM: " + err.Error())
	}
	return aead
}

func seal(aead cipher.AEAD, p place, plain []byte) []byte {
	out := make([]byte, 1, Overhead+len(plain))
	out[0] = sealVersion
	return aead.Seal(out, nil, plain, p.bytes())
}

func open(aead cipher.AEAD, p place, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealVersion {
		return nil, appliance.E(appliance.Unverified, "storage.vault.unsealable", nil, "table", p.table, "column", p.column)
	}
	plain, err := aead.Open(nil, nil, sealed[1:], p.bytes())
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.vault.unsealable", err, "table", p.table, "column", p.column)
	}
	return plain, nil
}
