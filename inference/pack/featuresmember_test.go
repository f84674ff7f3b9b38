package pack_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// residualMembers are those of a pack of the method feature_residual.
func residualMembers() map[string][]byte {
	all := members()
	all["golden.json"] = []byte(answers(unlike(vector("one", 0.75, 0.25, "mel", "nv"), 0.5), unlike(vector("two", 0.95, 0.05, "nv"), 40)))
	all["features.bin"] = features(plain()...)
	return all
}

func residualPack(t testing.TB) []byte {
	t.Helper()
	raw, err := pack.Sign(t.Context(), *residualManifest(), residualMembers(), signed.NewEd25519Signer(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestPackWithFeatures(t *testing.T) {
	p, err := pack.Read(t.Context(), residualPack(t), trusted)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Manifest.Members); n != 5 || p.Manifest.Members[4].Name != "features.bin" || p.Manifest.FeatureCount() != 4 {
		t.Fatalf("%+v", p.Manifest.Members)
	}
	if got := p.Features.Score([]float32{9, 9, 4, 5}); got != 1 {
		t.Errorf("score %v", got)
	}
	if v := p.Golden.Vectors; *v[0].Unlikeness != 0.5 || *v[1].Unlikeness != 40 {
		t.Errorf("%+v", v)
	}
	bare, err := pack.Read(t.Context(), good(t), trusted)
	if err != nil || bare.Features != nil || bare.Manifest.FeatureCount() != 0 || len(bare.Manifest.Members) != 4 {
		t.Errorf("without the method: %+v, %v", bare.Manifest.Members, err)
	}
}

// The sixth member counts as the others do.
func TestEveryByteOfFeaturesCounts(t *testing.T) {
	raw := residualPack(t)
	where := memberOfByte(t, raw)
	for i := bytes.Index(raw, []byte("features.bin\x00")); i < len(raw); i++ {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		_, err := pack.Read(t.Context(), bad, trusted)
		refused(t, err, "", where(i))
	}
}

// tarOf writes members in an order as a pack has them; who signed them is not looked at.
func tarOf(content map[string][]byte, names ...string) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add(w, names, content, nil)
	w.Close()
	return out.Bytes()
}

// Features stand in the pack if and only if the manifest asks for them, after all other members, and once.
func TestFeaturesAreThereForTheirMethodAlone(t *testing.T) {
	with, without := unpack(t, residualPack(t)), unpack(t, good(t))
	always := []string{"envelope.json", "model.tflite", "card.md", "golden.json", "golden.bin"}
	all := append(always[:5:5], "features.bin")
	if !bytes.Equal(tarOf(with, all...), residualPack(t)) {
		t.Fatal("the test writes another archive")
	}
	extra, huge := maps.Clone(without), maps.Clone(with)
	extra["features.bin"], huge["features.bin"] = features(plain()...), make([]byte, 2<<20+1)
	for name, test := range map[string]struct {
		raw []byte
		key string
	}{
		"there without the method": {tarOf(extra, all...), "pack.features_member"},
		"not there with it":        {tarOf(with, always...), "pack.features_member"},
		"there twice":              {tarOf(with, append(all[:6:6], "features.bin")...), "pack.not_a_pack"},
		"before another":           {tarOf(with, "envelope.json", "model.tflite", "card.md", "golden.json", "features.bin", "golden.bin"), "pack.not_a_pack"},
		"too large":                {tarOf(huge, all...), "pack.member_too_large"},
		"cut":                      {residualPack(t)[:len(residualPack(t))-1025], "pack.not_a_pack"},
	} {
		_, err := pack.Read(t.Context(), test.raw, trusted)
		t.Run(name, func(t *testing.T) { refused(t, err, test.key, "") })
	}
}

func TestSignRefusesBadFeatures(t *testing.T) {
	for name, bad := range spoiltFeatures() {
		parts := residualMembers()
		if parts["features.bin"] = bad.raw; len(bad.raw) == 0 {
			continue // the list of members refuses it: TestBuildWithFeatures
		}
		_, err := pack.Sign(t.Context(), *residualManifest(), parts, signed.NewEd25519Signer(testKey(1)))
		t.Run(name, func(t *testing.T) { refused(t, err, "pack.features", "features.bin") })
	}
}

func TestBuildWithFeatures(t *testing.T) {
	dir := folder(t, *residualManifest())
	for name, raw := range residualMembers() {
		if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := pack.Build(t.Context(), dir, signed.NewEd25519Signer(testKey(1)))
	if err != nil || !bytes.Equal(raw, residualPack(t)) {
		t.Fatalf("Build and Sign differ, %v", err)
	}
	again, err := pack.Resign(t.Context(), raw, signed.NewEd25519Signer(testKey(2)))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := pack.Read(t.Context(), again, keys{testKey(2)}); err != nil || p.Features == nil {
		t.Fatalf("signed again: %v", err)
	}
	os.Remove(filepath.Join(dir, "features.bin"))
	_, err = pack.Build(t.Context(), dir, signed.NewEd25519Signer(testKey(1)))
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "pack.member_missing" || e.Params["member"] != "features.bin" {
		t.Fatalf("got %v", err)
	}
	parts := residualMembers()
	delete(parts, "features.bin")
	_, err = pack.Sign(t.Context(), *residualManifest(), parts, signed.NewEd25519Signer(testKey(1)))
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Field != "members[4].size" {
		t.Fatalf("got %v", err)
	}
}
