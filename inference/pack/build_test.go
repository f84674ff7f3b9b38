package pack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// folder writes what Build reads.
func folder(t *testing.T, m pack.Manifest) string {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	files := members()
	files[pack.ManifestFile] = text
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuildReadsAFolder(t *testing.T) {
	raw, err := pack.Build(t.Context(), folder(t, manifest()), signed.NewEd25519Signer(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, good(t)) {
		t.Fatal("Build and Sign differ")
	}
}

func TestBuildWithoutAMember(t *testing.T) {
	dir := folder(t, manifest())
	os.Remove(filepath.Join(dir, "card.md"))
	_, err := pack.Build(t.Context(), dir, signed.NewEd25519Signer(testKey(1)))
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "pack.member_missing" || e.Params["member"] != "card.md" {
		t.Fatalf("got %v", err)
	}
}

func TestResignKeepsTheManifest(t *testing.T) {
	old := good(t)
	raw, err := pack.Resign(t.Context(), old, signed.NewEd25519Signer(testKey(2)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Read(t.Context(), raw, keys{testKey(2)})
	if err != nil {
		t.Fatal(err)
	}
	if before, err := pack.Inspect(old); err != nil || before.Digest != p.Digest {
		t.Fatalf("the digest changed: %v", err)
	}
	_, err = pack.Read(t.Context(), raw, trusted)
	refused(t, err, "signed.unknown_key", "envelope.json")
	bad := bytes.Clone(old)
	bad[bytes.Index(bad, []byte("TFL3"))+10] ^= 1
	_, err = pack.Resign(t.Context(), bad, signed.NewEd25519Signer(testKey(2)))
	refused(t, err, "pack.member_changed", "model.tflite")
}
