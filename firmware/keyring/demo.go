package keyring

import (
	"crypto"
	"embed"
)

// demoPublic holds the public halves only: no binary carries a private key.
//
//go:embed demo/*.pub
var demoPublic embed.FS

// Demo gives a ring of the demonstration's public keys, for tests and for a demonstration before it has a keyring folder.
func Demo() (*Ring, error) {
	r := &Ring{}
	for _, role := range []Role{RoleClinical, RoleModel, RoleTrust} {
		raw, err := demoPublic.ReadFile("demo/" + string(role) + ".pub")
		if err != nil {
			return nil, err
		}
		k, err := parseKey(role, "demo", raw)
		if err != nil {
			return nil, err
		}
		if err := r.add(k); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// InstallDemo writes the demonstration's public keys into a keyring folder, each under its role as "demo.pub". It may be
// repeated.
func InstallDemo(dir string) error {
	demo, err := Demo()
	if err != nil {
		return err
	}
	for _, k := range demo.keys {
		if err := Save(dir, k.Role, k.Name, k.Public); err != nil {
			return err
		}
	}
	return nil
}

// IsDemo says whether the key is one of the demonstration's, whose private halves are public.
func IsDemo(pub crypto.PublicKey) (bool, error) {
	demo, err := Demo()
	if err != nil {
		return false, err
	}
	for _, k := range demo.keys {
		if same(k.Public, pub) {
			return true, nil
		}
	}
	return false, nil
}

func same(a, b crypto.PublicKey) bool {
	comparable, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && comparable.Equal(b)
}
