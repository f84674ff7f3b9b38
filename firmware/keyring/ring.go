package keyring

import (
	"context"
	"crypto"

	"dermbox/appliance"
	"dermbox/appliance/signed"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// Key is one trusted public key.
type Key struct {
	Role   Role
	Name   string // the file's name without ".pub"
	ID     string // signed.KeyID of Public
	Public crypto.PublicKey
}

// Ring is a set of trusted keys. It does not change once made, so it is safe for concurrent use.
type Ring struct{ keys []Key }

var _ signed.Keys = (*Ring)(nil)

// Verifiers gives the keys of the role that signs the kind; none for a kind that no role signs.
func (r *Ring) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	role, ok := RoleOf(kind)
	if !ok {
		return nil, nil
	}
	var verifiers []dsse.Verifier
	for _, k := range r.keys {
		if k.Role == role {
			verifiers = append(verifiers, signed.NewVerifier(k.Public))
		}
	}
	return verifiers, nil
}

// Keys lists the keys, ordered by role and name.
func (r *Ring) Keys() []Key { return append([]Key(nil), r.keys...) }

// Find gives the key of that id.
func (r *Ring) Find(id string) (Key, bool) {
	for _, k := range r.keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

// add refuses a key that already stands under another role: one role's key must sign nothing of another.
func (r *Ring) add(k Key) error {
	if other, ok := r.Find(k.ID); ok && other.Role != k.Role {
		return appliance.E(appliance.Conflict, "keys.two_roles", nil,
			"key", k.ID, "one", string(other.Role), "two", string(k.Role))
	}
	r.keys = append(r.keys, k)
	return nil
}
