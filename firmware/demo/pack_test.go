package demo_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"dermbox/appliance"
)

// pack gives the committed simulation pack.
func (r *rig) pack(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.options.Root, "firmware", "demo", "signed", "simulation.dermpack"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// installPack puts a pack where the box's settings say; the box reads it when it starts.
func (r *rig) installPack(t *testing.T, pack []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.options.Var, "box", "model.dermpack"), pack, 0o600); err != nil {
		t.Fatal(err)
	}
}

// newerPack gives the simulation pack with its version counted up.
func (r *rig) newerPack(t *testing.T) []byte {
	return r.changedPack(t, func(m map[string]any) { m["version"] = m["version"].(float64) + 1 })
}

// photographPack gives the simulation's network as a model for photographs of public data sets, which fill the field.
func (r *rig) photographPack(t *testing.T) []byte {
	return r.changedPack(t, func(m map[string]any) {
		m["id"], m["status"] = "stand-in", "demonstration"
		m["optics"] = []map[string]any{{"id": appliance.OpticsPublicISIC, "field_fraction": 1.0}}
	})
}

// changedPack gives the simulation pack with another manifest, signed anew by dermboxctl as its publisher would.
func (r *rig) changedPack(t *testing.T, change func(manifest map[string]any)) []byte {
	t.Helper()
	dir := t.TempDir()
	files := tar.NewReader(bytes.NewReader(r.pack(t)))
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		content, readErr := io.ReadAll(files)
		if err := errors.Join(err, readErr); err != nil {
			t.Fatal(err)
		}
		name := header.Name
		if name == "envelope.json" {
			name, content = "manifest.json", changedManifest(t, content, change)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "newer.dermpack")
	sign := exec.CommandContext(t.Context(), filepath.Join(r.options.Bin, "dermboxctl"), "sign", "model", dir, "--out", out,
		"--key", filepath.Join(r.options.Root, "firmware", "keyring", "demo", "model.key.pem"))
	if said, err := sign.CombinedOutput(); err != nil {
		t.Fatalf("sign: %v: %s", err, said)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func changedManifest(t *testing.T, envelope []byte, change func(manifest map[string]any)) []byte {
	t.Helper()
	var e struct {
		Payload string `json:"payload"`
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	if err := json.Unmarshal(payload, &manifest); err != nil {
		t.Fatal(err)
	}
	change(manifest)
	raw, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
