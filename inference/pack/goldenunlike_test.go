package pack_test

import (
	"strings"
	"testing"

	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// unlike is a vector with a score of the method feature_residual.
func unlike(v pack.Vector, score float64) pack.Vector {
	v.Unlikeness = &score
	return v
}

// The known answers say of each picture how unlike it is, clear of the limit (2, within 0.02), and show both sides of it.
func TestGoldenOfUnlikeness(t *testing.T) {
	one, two, third := vector("one", 0.75, 0.25, "mel", "nv"), vector("two", 0.95, 0.05, "nv"), vector("three", 1, 0, "nv")
	for name, test := range map[string]struct {
		vectors []pack.Vector
		says    string // "" for taken
	}{
		"a score each":            {[]pack.Vector{unlike(one, 0.5), unlike(two, 40)}, ""},
		"as low and as high":      {[]pack.Vector{unlike(one, 0), unlike(two, pack.MaxUnlikeness)}, ""},
		"just clear of the limit": {[]pack.Vector{unlike(one, 1.979), unlike(two, 2.021)}, ""},
		"none has a score":        {[]pack.Vector{one, two}, "one has no unlikeness"},
		"one has no score":        {[]pack.Vector{unlike(one, 0.5), unlike(third, 40), two}, "two has no unlikeness"},
		"below 0":                 {[]pack.Vector{unlike(one, -0.1), unlike(two, 40)}, "an unlikeness of -0.1"},
		"beyond the highest":      {[]pack.Vector{unlike(one, 0.5), unlike(two, 2e6)}, "an unlikeness of 2e+06"},
		"on the limit":            {[]pack.Vector{unlike(one, 2), unlike(two, 40)}, "one lies on the limit"},
		"within below":            {[]pack.Vector{unlike(one, 1.985), unlike(two, 40)}, "one lies on the limit"},
		"within above":            {[]pack.Vector{unlike(one, 0.5), unlike(two, 2.015)}, "two lies on the limit"},
		"none above":              {[]pack.Vector{unlike(one, 0.5), unlike(two, 1.9)}, "no vector has an unlikeness above the limit"},
		"none below":              {[]pack.Vector{unlike(one, 3), unlike(two, 40)}, "every vector has an unlikeness above the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			parts := residualMembers()
			parts["golden.json"] = []byte(answers(test.vectors...))
			parts["golden.bin"] = pictures(residualManifest(), len(test.vectors))
			_, err := pack.Sign(t.Context(), *residualManifest(), parts, signed.NewEd25519Signer(testKey(1)))
			if test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, err, "pack.golden", "golden.json")
			if sentence := text.Error(err); !strings.Contains(sentence, test.says) {
				t.Fatal(sentence)
			}
		})
	}
}

// A score that no method gives was made up.
func TestGoldenOfUnlikenessWithoutTheMethod(t *testing.T) {
	m := manifest()
	for _, change := range []func(*pack.Manifest){func(*pack.Manifest) {}, distribution(pack.MaxProbability, 0.4)} {
		change(&m)
		parts := residualMembers()
		_, err := pack.Sign(t.Context(), m, parts, signed.NewEd25519Signer(testKey(1)))
		refused(t, err, "pack.golden", "golden.json")
		if sentence := text.Error(err); !strings.Contains(sentence, "one has an unlikeness") {
			t.Fatal(sentence)
		}
	}
}
