package keyring_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
)

const rules = `{"schema":"dermbox.rules/1","id":"nhs-demo","version":3,"issued_at":"2026-01-02T03:04:05Z"}`

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSignThenVerify(t *testing.T) {
	demo, err := keyring.Demo()
	if err != nil {
		t.Fatal(err)
	}
	in := write(t, "rules.json", rules)
	signedAs, err := keyring.SignFile(t.Context(), signed.KindRules, in, "demo/clinical.key.pem", "")
	if err != nil {
		t.Fatal(err)
	}
	if signedAs.Path != filepath.Join(filepath.Dir(in), "rules.signed.json") {
		t.Errorf("written to %s", signedAs.Path)
	}
	got, err := keyring.VerifyFile(t.Context(), signedAs.Path, demo)
	if err != nil {
		t.Fatal(err)
	}
	if got.Kind != signed.KindRules || got.KeyID != signedAs.KeyID || got.Digest != signed.Digest([]byte(rules)) ||
		got.Role != keyring.RoleClinical || got.Key != "demo" || got.Header.ID != "nhs-demo" || got.Header.Version != 3 {
		t.Errorf("%+v", got)
	}
	if _, err := keyring.SignFile(t.Context(), signed.KindRules, in, "demo/clinical.key.pem", ""); err != nil {
		t.Errorf("signing again: %v", err)
	}
	raw, err := os.ReadFile(signedAs.Path)
	if err != nil {
		t.Fatal(err)
	}
	changed := write(t, "changed.json", string(bytes.Replace(raw, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)))
	_, err = keyring.VerifyFile(t.Context(), changed, demo)
	wantKey(t, err, "signed.bad_signature")
}

func TestAnotherRolesKeyIsRefused(t *testing.T) {
	demo, err := keyring.Demo()
	if err != nil {
		t.Fatal(err)
	}
	f, err := keyring.SignFile(t.Context(), signed.KindRules, write(t, "rules.json", rules), "demo/model.key.pem", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = keyring.VerifyFile(t.Context(), f.Path, demo)
	wantKey(t, err, "signed.unknown_key")
}

func TestSignRefuses(t *testing.T) {
	ok, key := write(t, "rules.json", rules), "demo/clinical.key.pem"
	cases := map[string]struct {
		kind         signed.Kind
		in, key, out string
		want         string
	}{
		"a pack":                  {signed.KindModel, "a.dermpack", key, "", "keys.is_pack"},
		"no such file":            {signed.KindRules, "none.json", key, "", "keys.no_file"},
		"a key said twice":        {signed.KindRules, write(t, "a.json", `{"id":1,"id":2}`), key, "", "keys.not_json"},
		"a public key":            {signed.KindRules, ok, "demo/clinical.pub", "", "keys.not_private"},
		"an unknown kind":         {"poem", ok, key, "", "signed.unknown_kind"},
		"over a file not its own": {signed.KindRules, ok, key, write(t, "notes.txt", "mine"), "keys.exists"},
		"over the input":          {signed.KindRules, ok, key, ok, "keys.exists"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := keyring.SignFile(t.Context(), c.kind, c.in, c.key, c.out)
			wantKey(t, err, c.want)
		})
	}
}

func TestPrivateKeyFile(t *testing.T) {
	path, key := filepath.Join(t.TempDir(), "k.pem"), newKey(t)
	if err := keyring.SavePrivate(path, key); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	back, err := keyring.LoadPrivate(path)
	if err != nil || signed.KeyID(back.Public()) != signed.KeyID(key.Public()) {
		t.Errorf("%v", err)
	}
	wantKey(t, keyring.SavePrivate(path, key), "keys.exists")
}

func FuzzParsePublic(f *testing.F) {
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEASY/lWZICk2T02c0kXOJayrTvH0mGgNfA5OLDZO+Bj/I=\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if pub, err := keyring.ParsePublic(raw); err == nil && signed.KeyID(pub) == "" {
			t.Error("a key without an id was taken")
		}
	})
}
