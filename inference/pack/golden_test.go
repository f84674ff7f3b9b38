package pack_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

func vector(name string, nv, mel float64, over ...string) pack.Vector {
	return pack.Vector{Name: name, Probabilities: []float64{nv, mel}, Over: append([]string{}, over...)}
}

func answers(vectors ...pack.Vector) string {
	raw, _ := json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: vectors})
	return string(raw)
}

func TestSignRefusesBadMembers(t *testing.T) {
	both, benign := vector("one", 0.75, 0.25, "mel", "nv"), vector("two", 0.95, 0.05, "nv")
	tests := map[string]struct{ member, content, key, says string }{
		"no model":               {"model.tflite", "hello, this is no model", "pack.not_a_model", ""},
		"empty card":             {"card.md", " \n", "pack.card", "Markdown"},
		"card no text":           {"card.md", "# \xff", "pack.card", ""},
		"card with an escape":    {"card.md", "# Card\x1b[2J", "pack.card", ""},
		"golden cut":             {"golden.bin", "x", "pack.golden", "1 bytes of pictures instead of 96"},
		"one picture for both":   {"golden.bin", string(make([]byte, 96)), "pack.golden", "one and two have the same picture"},
		"golden no json":         {"golden.json", "{", "pack.golden", "dermbox.golden/1"},
		"golden of tomorrow":     {"golden.json", strings.Replace(answers(both, benign), "/1", "/2", 1), "pack.golden", "dermbox.golden/1"},
		"golden empty":           {"golden.json", answers(), "pack.golden", "0 vectors"},
		"golden of one":          {"golden.json", answers(both), "pack.golden", "1 vectors instead of 2"},
		"golden too short":       {"golden.json", answers(pack.Vector{Name: "a", Probabilities: []float64{1}}, benign), "pack.golden", "1 probabilities for 2 labels"},
		"golden without a name":  {"golden.json", answers(vector("", 0.75, 0.25, "mel", "nv"), benign), "pack.golden", ""},
		"golden named twice":     {"golden.json", answers(both, vector("one", 0.95, 0.05, "nv")), "pack.golden", "there twice"},
		"golden above 1":         {"golden.json", answers(vector("one", 2, 0, "nv"), benign), "pack.golden", "probability of 2"},
		"golden of sum 1.5":      {"golden.json", answers(vector("one", 1, 0.5, "mel", "nv"), benign), "pack.golden", "add up to 1.5"},
		"golden on a threshold":  {"golden.json", answers(vector("one", 0.9, 0.10005, "mel", "nv"), benign), "pack.golden", "threshold of mel"},
		"golden label":           {"golden.json", answers(vector("one", 0.75, 0.25, "mel", "x"), benign), "pack.golden", "[mel x]"},
		"golden over too little": {"golden.json", answers(vector("one", 0.75, 0.25, "nv"), benign), "pack.golden", "probabilities say [mel nv]"},
		"golden not sorted":      {"golden.json", answers(vector("one", 0.75, 0.25, "nv", "mel"), benign), "pack.golden", ""},
		"golden over of nothing": {"golden.json", strings.Replace(answers(both, vector("two", 0.65, 0.35, "mel")), `["mel"]`, "null", 1), "pack.golden", ""},
		"one answer for all":     {"golden.json", answers(vector("one", 0.91, 0.09, "nv"), vector("two", 0.89, 0.11, "mel", "nv")), "pack.golden", "nearly the same"},
		"nothing serious":        {"golden.json", answers(benign, vector("one", 1, 0, "nv")), "pack.golden", "no vector has"},
		"only serious":           {"golden.json", answers(both, vector("two", 0.5, 0.5, "mel")), "pack.golden", "every vector has"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := members()
			if bytes.Equal(m[test.member], []byte(test.content)) {
				t.Fatal("nothing changed")
			}
			m[test.member] = []byte(test.content)
			_, err := pack.Sign(t.Context(), manifest(), m, signed.NewEd25519Signer(testKey(1)))
			refused(t, err, test.key, test.member)
			if sentence := text.Error(err); !strings.Contains(sentence, test.says) || strings.ContainsAny(sentence, "{}") {
				t.Fatal(sentence)
			}
		})
	}
}

func TestGoldenNeedsNoMoreThanTwo(t *testing.T) {
	m, parts := manifest(), members()
	m.Output.Activation = pack.Sigmoid // independent: no sum
	parts["golden.json"] = []byte(answers(vector("one", 0.9, 0.9, "mel", "nv"), vector("two", 0.2, 0.02)))
	if _, err := pack.Sign(t.Context(), m, parts, signed.NewEd25519Signer(testKey(1))); err != nil {
		t.Fatal(err)
	}
	withNone(&m) // a label without a class is nothing serious
	_, err := pack.Sign(t.Context(), m, parts, signed.NewEd25519Signer(testKey(1)))
	if err == nil || appliance.CodeOf(err) != appliance.Unverified {
		t.Fatal(err)
	}
}
