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

func TestSignRefusesBadManifests(t *testing.T) {
	tests := map[string]func(*pack.Manifest){
		"schema":                  func(m *pack.Manifest) { m.Schema = "x" },
		"id":                      func(m *pack.Manifest) { m.ID = "../x" },
		"version":                 func(m *pack.Manifest) { m.Version = 0 },
		"status":                  func(m *pack.Manifest) { m.Status = "live" },
		"intended_use":            func(m *pack.Manifest) { m.IntendedUse = "" },
		"input.width":             func(m *pack.Manifest) { m.Input.Width = 0 },
		"output.labels":           func(m *pack.Manifest) { m.Output.Labels = []string{"nv"} },
		"output.activation":       func(m *pack.Manifest) { m.Output.Activation = "argmax" },
		"output.temperature":      func(m *pack.Manifest) { m.Output.Temperature = 2 }, // not of probabilities
		"output.classes":          func(m *pack.Manifest) { m.Output.Labels = []string{"nv", "nv"} },
		"output.classes.nv.class": func(m *pack.Manifest) { m.Output.Classes["nv"] = pack.Mapping{Class: "NICE", Threshold: 0.5} },
		"output.classes.mel.threshold": func(m *pack.Manifest) {
			m.Output.Classes["mel"] = pack.Mapping{Class: appliance.Melanoma}
		},
		"hierarchy":        func(m *pack.Manifest) { m.NotAssessed = m.NotAssessed[1:] },
		"optics":           func(m *pack.Manifest) { m.Optics[0].FieldFraction = 1.5 },
		"min_runtime":      func(m *pack.Manifest) { m.MinRuntime = "2" },
		"licences":         func(m *pack.Manifest) { m.Licences = nil },
		"golden_tolerance": func(m *pack.Manifest) { m.Tolerance = 0.5 },
	}
	for field, change := range tests {
		t.Run(field, func(t *testing.T) {
			m := manifest()
			change(&m)
			_, err := pack.Sign(t.Context(), m, members(), signed.NewEd25519Signer(testKey(1)))
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Key != "pack.manifest_value" || e.Field != field {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestSignRefusesBadMembers(t *testing.T) {
	tests := map[string]struct {
		member, content, key string
	}{
		"no model":         {"model.tflite", "hello, this is no model", "pack.not_a_model"},
		"golden cut":       {"golden.bin", "x", "pack.golden"},
		"golden no json":   {"golden.json", "{", "pack.golden"},
		"golden empty":     {"golden.json", `{"schema":"dermbox.golden/1","vectors":[]}`, "pack.golden"},
		"golden too small": {"golden.json", `{"schema":"dermbox.golden/1","vectors":[{"name":"a","probabilities":[1],"over":[]},{"name":"b","probabilities":[1],"over":[]}]}`, "pack.golden"},
		"golden of 2":      {"golden.json", `{"schema":"dermbox.golden/1","vectors":[{"name":"a","probabilities":[2,0],"over":[]},{"name":"b","probabilities":[1,0],"over":[]}]}`, "pack.golden"},
		"golden label":     {"golden.json", `{"schema":"dermbox.golden/1","vectors":[{"name":"a","probabilities":[1,0],"over":["x"]},{"name":"b","probabilities":[1,0],"over":[]}]}`, "pack.golden"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := members()
			m[test.member] = []byte(test.content)
			_, err := pack.Sign(t.Context(), manifest(), m, signed.NewEd25519Signer(testKey(1)))
			refused(t, err, test.key, test.member)
		})
	}
}
