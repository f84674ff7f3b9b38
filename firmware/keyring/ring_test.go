package keyring_test

import (
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
)

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("error is %v, want %s", err, key)
	}
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := keyring.GenerateEd25519()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// fullRing gives a keyring folder with a key of its own for each role.
func fullRing(t *testing.T) (string, map[keyring.Role]crypto.Signer) {
	t.Helper()
	dir, keys := t.TempDir(), map[keyring.Role]crypto.Signer{}
	for _, role := range keyring.Roles() {
		keys[role] = newKey(t)
		if err := keyring.Save(dir, role, "first", keys[role].Public()); err != nil {
			t.Fatal(err)
		}
	}
	return dir, keys
}

func TestARoleSignsItsOwnKindsOnly(t *testing.T) {
	dir, keys := fullRing(t)
	ring, err := keyring.Load(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(ring.Keys()); n != 4 {
		t.Fatalf("%d keys", n)
	}
	for _, kind := range signed.Kinds() {
		owner, _ := keyring.RoleOf(kind)
		for role, key := range keys {
			env, err := signed.Sign(t.Context(), kind, []byte("{}"), signed.NewSigner(key))
			if err != nil {
				t.Fatal(err)
			}
			_, err = signed.Verify(t.Context(), kind, env, ring)
			if role == owner && err != nil {
				t.Errorf("%s by role %s: %v", kind, role, err)
			}
			if role != owner {
				wantKey(t, err, "signed.unknown_key")
			}
		}
	}
}

func TestLiveRefusesDemonstrationKeys(t *testing.T) {
	demo, err := keyring.Demo()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(demo.Keys()); n != 3 {
		t.Fatalf("%d demonstration keys", n)
	}
	for _, k := range demo.Keys() {
		for _, role := range keyring.Roles() { // also under another role and name
			dir := t.TempDir()
			if err := keyring.Save(dir, role, "trust-2026", k.Public); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.Load(dir, true)
			wantKey(t, err, "keys.demo_in_live")
			if _, err := keyring.Load(dir, false); err != nil {
				t.Errorf("demonstration: %v", err)
			}
		}
	}
}

func TestCommittedPrivateKeysAreTheDemonstrationsPublicOnes(t *testing.T) {
	for _, role := range []keyring.Role{keyring.RoleModel, keyring.RoleClinical, keyring.RoleTrust} {
		key, err := keyring.LoadPrivate(filepath.Join("demo", string(role)+".key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		demo, err := keyring.Demo()
		if err != nil {
			t.Fatal(err)
		}
		if k, ok := demo.Find(signed.KeyID(key.Public())); !ok || k.Role != role {
			t.Errorf("%s.key.pem: %v, role %q", role, ok, k.Role)
		}
	}
	if files, _ := filepath.Glob("demo/hub*"); len(files) != 0 {
		t.Error("a hub's key is learnt by enrolment, never committed")
	}
}

func TestInstallDemoMayBeRepeated(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if err := keyring.InstallDemo(dir); err != nil {
			t.Fatal(err)
		}
	}
	ring, err := keyring.Load(dir, false)
	if err != nil || len(ring.Keys()) != 3 {
		t.Errorf("%v, %v", ring, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	pub, err := keyring.MarshalPublic(newKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		files map[string][]byte
		key   string
	}{
		"a folder that is no role":    {map[string][]byte{"modle/a.pub": pub}, "keys.unknown_role"},
		"not a key":                   {map[string][]byte{"model/a.pub": []byte("hello")}, "keys.not_a_key"},
		"two keys in a file":          {map[string][]byte{"model/a.pub": append(append([]byte{}, pub...), pub...)}, "keys.not_a_key"},
		"empty":                       {map[string][]byte{"model/a.pub": nil}, "keys.not_a_key"},
		"one key under two roles":     {map[string][]byte{"model/a.pub": pub, "trust/b.pub": pub}, "keys.two_roles"},
		"a file that is much too big": {map[string][]byte{"model/a.pub": make([]byte, 1<<20)}, "keys.file_too_large"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for path, raw := range c.files {
				if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), raw, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := keyring.Load(dir, false)
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != c.key {
				t.Errorf("error %v, want %s", err, c.key)
			}
		})
	}
	_, err = keyring.Load(filepath.Join(t.TempDir(), "none"), false)
	wantKey(t, err, "keys.no_folder")
}

func TestSaveNeverReplacesAnotherKey(t *testing.T) {
	dir, a, b := t.TempDir(), newKey(t), newKey(t)
	for range 2 {
		if err := keyring.Save(dir, keyring.RoleHub, "rx1", a.Public()); err != nil {
			t.Fatal(err)
		}
	}
	wantKey(t, keyring.Save(dir, keyring.RoleHub, "rx1", b.Public()), "keys.exists")
	wantKey(t, keyring.Save(dir, keyring.RoleHub, "../rx1", b.Public()), "keys.name")
	wantKey(t, keyring.Save(dir, "boss", "rx1", b.Public()), "keys.name")
}
