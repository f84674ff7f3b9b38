package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/vault"
)

func newVault(t *testing.T) (v *vault.Vault, dir, keyFile string) {
	t.Helper()
	dir = t.TempDir()
	keyFile = filepath.Join(t.TempDir(), "key")
	v, err := vault.Create(dir, vault.FileProvider(keyFile))
	if err != nil {
		t.Fatal(err)
	}
	return v, dir, keyFile
}

func TestOpensAgain(t *testing.T) {
	v, dir, keyFile := newVault(t)
	sealed, err := v.Seal("staff", "body", "1", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := v.NewCaseKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := v.CaseKey(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	column, err := key.Seal("cases", "body", "7", []byte("patient"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := vault.Open(dir, vault.FileProvider(keyFile))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open("staff", "body", "1", sealed); err != nil || string(got) != "secret" {
		t.Errorf("box row: %q, %v", got, err)
	}
	if key, err = again.CaseKey(wrapped); err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open("cases", "body", "7", column); err != nil || string(got) != "patient" {
		t.Errorf("case column: %q, %v", got, err)
	}
	if again.ID() != v.ID() || !bytes.Equal(again.BlindIndex("a", "b"), v.BlindIndex("a", "b")) {
		t.Error("identity or blind index changed")
	}
}

func TestSealedOpensOnlyInItsPlace(t *testing.T) {
	v, _, _ := newVault(t)
	wrapped, _ := v.NewCaseKey()
	otherWrapped, _ := v.NewCaseKey()
	key, _ := v.CaseKey(wrapped)
	other, _ := v.CaseKey(otherWrapped)
	sealed, err := key.Seal("cases", "body", "1", []byte("patient"))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	version := bytes.Clone(sealed)
	version[0]++
	for name, attempt := range map[string]struct {
		key                *vault.CaseKey
		table, column, row string
		sealed             []byte
	}{
		"other table":   {key, "attempts", "body", "1", sealed},
		"other column":  {key, "cases", "initials", "1", sealed},
		"other row":     {key, "cases", "body", "2", sealed},
		"moved border":  {key, "case", "sbody", "1", sealed},
		"other key":     {other, "cases", "body", "1", sealed},
		"flipped bit":   {key, "cases", "body", "1", flipped},
		"other format":  {key, "cases", "body", "1", version},
		"cut short":     {key, "cases", "body", "1", sealed[:len(sealed)-1]},
		"nothing there": {key, "cases", "body", "1", nil},
	} {
		got, err := attempt.key.Open(attempt.table, attempt.column, attempt.row, attempt.sealed)
		if appliance.CodeOf(err) != appliance.Unverified || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := key.Open("cases", "body", "1", sealed); err != nil || string(got) != "patient" {
		t.Errorf("in its place: %q, %v", got, err)
	}
	twice, _ := key.Seal("cases", "body", "1", []byte("patient"))
	if bytes.Equal(twice, sealed) {
		t.Error("sealing twice gives the same bytes")
	}
}

func TestBlindIndex(t *testing.T) {
	v, _, _ := newVault(t)
	foreign, _, _ := newVault(t)
	a := v.BlindIndex("nhs", "9990000018")
	if len(a) != 32 || !bytes.Equal(a, v.BlindIndex("nhs", "9990000018")) {
		t.Errorf("index %x is not stable", a)
	}
	for name, b := range map[string][]byte{
		"other value":  v.BlindIndex("nhs", "9990000026"),
		"other domain": v.BlindIndex("ubrn", "9990000018"),
		"moved border": v.BlindIndex("nhs9", "990000018"),
		"other vault":  foreign.BlindIndex("nhs", "9990000018"),
	} {
		if bytes.Equal(a, b) {
			t.Errorf("%s: same index", name)
		}
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, dir, keyFile string)
		code appliance.Code
		key  string
	}{
		{"key missing", func(t *testing.T, _, k string) { must(t, os.Remove(k)) }, appliance.NotFound, "storage.vault.key_missing"},
		{"key of another vault", func(t *testing.T, _, k string) { must(t, os.WriteFile(k, make([]byte, 32), 0o600)) }, appliance.Unverified, "storage.vault.wrong_key"},
		{"key too short", func(t *testing.T, _, k string) { must(t, os.WriteFile(k, make([]byte, 31), 0o600)) }, appliance.Unverified, "storage.vault.key_damaged"},
		{"key too long", func(t *testing.T, _, k string) { must(t, os.WriteFile(k, make([]byte, 33), 0o600)) }, appliance.Unverified, "storage.vault.key_damaged"},
		{"key readable by the group", func(t *testing.T, _, k string) { must(t, os.Chmod(k, 0o640)) }, appliance.Forbidden, "storage.vault.key_open"},
		{"key readable by all", func(t *testing.T, _, k string) { must(t, os.Chmod(k, 0o604)) }, appliance.Forbidden, "storage.vault.key_open"},
		{"vault missing", func(t *testing.T, d, _ string) { must(t, os.Remove(filepath.Join(d, "vault.json"))) }, appliance.NotFound, "storage.vault.missing"},
		{"vault no JSON", func(t *testing.T, d, _ string) {
			must(t, os.WriteFile(filepath.Join(d, "vault.json"), []byte("{"), 0o600))
		}, appliance.Unverified, "storage.vault.damaged"},
		{"vault of the future", func(t *testing.T, d, _ string) {
			must(t, os.WriteFile(filepath.Join(d, "vault.json"), []byte(`{"schema":"dermbox.vault/2","id":"x","key_version":1}`), 0o600))
		}, appliance.Unverified, "storage.vault.damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, dir, keyFile := newVault(t)
			c.harm(t, dir, keyFile)
			v, err := vault.Open(dir, vault.FileProvider(keyFile))
			checkError(t, err, c.code, c.key)
			if v != nil {
				t.Error("a vault came with the error")
			}
		})
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	_, dir, keyFile := newVault(t)
	_, err := vault.Create(dir, vault.FileProvider(keyFile))
	checkError(t, err, appliance.Conflict, "storage.vault.exists")
	err = vault.FileProvider(keyFile).Create(make([]byte, 32))
	checkError(t, err, appliance.Conflict, "storage.vault.key_exists")
	if _, err := vault.Open(dir, vault.FileProvider(keyFile)); err != nil {
		t.Error(err)
	}
}

func TestCreateFinishesWhatWasCutShort(t *testing.T) {
	keyFile := filepath.Join(t.TempDir(), "key")
	key := bytes.Repeat([]byte{7}, vault.KeySize)
	must(t, vault.FileProvider(keyFile).Create(key))
	if _, err := vault.Create(t.TempDir(), vault.FileProvider(keyFile)); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(keyFile); !bytes.Equal(got, key) {
		t.Error("the key was replaced")
	}
}

func TestForeignCaseKey(t *testing.T) {
	v, _, _ := newVault(t)
	foreign, _, _ := newVault(t)
	wrapped, _ := foreign.NewCaseKey()
	for name, w := range map[string][]byte{"foreign": wrapped, "short": wrapped[:20], "nil": nil} {
		_, err := v.CaseKey(w)
		if appliance.CodeOf(err) != appliance.Unverified {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEscrow(t *testing.T) {
	v, dir, keyFile := newVault(t)
	sealed, _ := v.Seal("t", "c", "r", []byte("kept"))
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	blob, err := v.EscrowWrap(identity.Recipient().String())
	must(t, err)
	key, _ := os.ReadFile(keyFile)
	if bytes.Contains(blob, key) || bytes.Contains(blob, []byte(v.ID())) {
		t.Error("the blob shows what it should hide")
	}
	recovered, err := vault.Recover(blob, identity.String())
	must(t, err)
	if recovered.VaultID != v.ID() {
		t.Errorf("vault %q, want %q", recovered.VaultID, v.ID())
	}

	must(t, os.Remove(keyFile)) // the box lost its key
	v, err = recovered.Restore(dir, vault.FileProvider(keyFile))
	must(t, err)
	if got, err := v.Open("t", "c", "r", sealed); err != nil || string(got) != "kept" {
		t.Errorf("after recovery: %q, %v", got, err)
	}
	fresh, err := recovered.Restore(t.TempDir(), vault.FileProvider(filepath.Join(t.TempDir(), "key")))
	must(t, err)
	if got, err := fresh.Open("t", "c", "r", sealed); err != nil || string(got) != "kept" {
		t.Errorf("on a new box: %q, %v", got, err)
	}
}

func TestEscrowRefuses(t *testing.T) {
	v, _, keyFile := newVault(t)
	_, otherDir, _ := newVault(t)
	identity, _ := age.GenerateX25519Identity()
	stranger, _ := age.GenerateX25519Identity()
	_, err := v.EscrowWrap("age1nonsense")
	checkError(t, err, appliance.Invalid, "storage.escrow.recipient")
	blob, err := v.EscrowWrap(identity.Recipient().String())
	must(t, err)
	_, err = vault.Recover(blob, stranger.String())
	checkError(t, err, appliance.Unverified, "storage.escrow.blob")
	_, err = vault.Recover(blob[:len(blob)-1], identity.String())
	checkError(t, err, appliance.Unverified, "storage.escrow.blob")
	_, err = vault.Recover(blob, "AGE-SECRET-KEY-1NONSENSE")
	checkError(t, err, appliance.Invalid, "storage.escrow.identity")
	recovered, err := vault.Recover(blob, identity.String())
	must(t, err)
	_, err = recovered.Restore(t.TempDir(), vault.FileProvider(keyFile))
	checkError(t, err, appliance.Conflict, "storage.vault.key_exists")
	_, err = recovered.Restore(otherDir, vault.FileProvider(filepath.Join(t.TempDir(), "key")))
	checkError(t, err, appliance.Conflict, "storage.escrow.other_vault")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkError(t *testing.T, err error, code appliance.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("error %v, want %s %s", err, code, key)
	}
}
