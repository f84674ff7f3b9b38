package pack_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// testKey is a fixed key of these tests, so that their packs are the same bytes every time.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// keys trusts one key, for models alone.
type keys struct{ key ed25519.PrivateKey }

func (k keys) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindModel {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(k.key.Public())}, nil
}

var trusted = keys{testKey(1)}

func manifest() pack.Manifest {
	return pack.Manifest{
		Header: signed.Header{Schema: pack.Schema, ID: "test-model", Version: 3, IssuedAt: time.Unix(1.7e9, 0).UTC()},
		Name:   "Test", Status: pack.Simulation, IntendedUse: "Tests.",
		Input: preprocess.Spec{
			Width: 4, Height: 4, Channels: 3, DType: "float32", Layout: preprocess.NHWC, Colour: preprocess.RGB,
			Resize: preprocess.Squash, Std: [3]float64{255, 255, 255},
		},
		Output: pack.Output{Labels: []string{"nv", "mel"}, Activation: pack.Softmax, Classes: map[string]pack.Mapping{
			"nv": {Class: appliance.Benign, Threshold: 0.7}, "mel": {Class: appliance.Melanoma, Threshold: 0.1},
		}},
		Hierarchy: []appliance.Class{appliance.Melanoma, appliance.Benign},
		NotAssessed: []appliance.Class{
			appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus,
		},
		Optics:     []pack.Optics{{ID: appliance.OpticsSimulatedScope, FieldFraction: 0.8}},
		MinRuntime: "2.20.0", Licences: map[string]string{"model": "Apache-2.0"}, Tolerance: 1e-4,
		Preprocessing: preprocess.Version, Pathways: []appliance.Pathway{appliance.Shadow, appliance.SecondReadPathway},
	}
}

func members() map[string][]byte {
	golden := pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{
		{Name: "one", Probabilities: []float64{0.75, 0.25}, Over: []string{"mel", "nv"}},
		{Name: "two", Probabilities: []float64{0.95, 0.05}, Over: []string{"nv"}},
	}}
	text, _ := json.Marshal(golden)
	return map[string][]byte{
		"model.tflite": append([]byte("\x1c\x00\x00\x00TFL3"), make([]byte, 100)...),
		"card.md":      []byte("# Card\n"),
		"golden.json":  text,
		"golden.bin":   append(bytes.Repeat([]byte{5}, 4*4*3), bytes.Repeat([]byte{6}, 4*4*3)...),
	}
}

func good(t testing.TB) []byte {
	t.Helper()
	raw, err := pack.Sign(context.Background(), manifest(), members(), signed.NewEd25519Signer(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// refused asserts an Unverified error of the key that names the member.
func refused(t *testing.T, err error, key, member string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != appliance.Unverified || key != "" && e.Key != key || member != "" && e.Params["member"] != member {
		t.Fatalf("got %v, want unverified %s %s", err, key, member)
	}
}

func TestReadGivesWhatWasSigned(t *testing.T) {
	p, err := pack.Read(t.Context(), good(t), trusted)
	if err != nil {
		t.Fatal(err)
	}
	if p.Manifest.ID != "test-model" || p.Card != "# Card\n" || len(p.Model) != 108 || len(p.Golden.Vectors) != 2 {
		t.Fatalf("%+v", p)
	}
	if got := p.Golden.Picture(1); len(got) != 48 || got[0] != 6 {
		t.Fatalf("picture %v", got)
	}
	ref := p.Ref("engine")
	if ref.Version != "3" || ref.Status != "simulation" || ref.Engine != "engine" || !strings.HasPrefix(ref.Digest, "sha256:") {
		t.Fatalf("ref %+v", ref)
	}
	if p.KeyID != signed.KeyID(testKey(1).Public()) {
		t.Fatalf("key %s", p.KeyID)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	if !bytes.Equal(good(t), good(t)) {
		t.Fatal("two builds differ")
	}
}

// TestEveryByteCounts changes each byte of a pack in turn: all are refused, and the refusal names the member it is in.
func TestEveryByteCounts(t *testing.T) {
	raw := good(t)
	where := memberOfByte(t, raw)
	for i := range raw {
		flips := []byte{0x01}
		if where(i) == "envelope.json" {
			flips = append(flips, 0x20) // the letter case of JSON's names
		}
		for _, flip := range flips {
			bad := bytes.Clone(raw)
			bad[i] ^= flip
			_, err := pack.Read(t.Context(), bad, trusted)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Unverified {
				t.Fatalf("byte %d: got %v", i, err)
			}
			// A byte of a tar header may make the reader lose its way; then the member it was looking for is named.
			if name := where(i); name != "" && e.Params["member"] != name {
				t.Fatalf("byte %d of %s: the refusal names %q: %v", i, name, e.Params["member"], err)
			}
		}
	}
}

// memberOfByte finds in which member's content a byte stands, "" for headers and padding.
func memberOfByte(t *testing.T, raw []byte) func(int) string {
	t.Helper()
	type part struct {
		name     string
		from, to int
	}
	var parts []part
	buffer := bytes.NewReader(raw)
	r := tar.NewReader(buffer)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		from := len(raw) - buffer.Len()
		parts = append(parts, part{h.Name, from, from + int(h.Size)})
	}
	return func(i int) string {
		for _, p := range parts {
			if i >= p.from && i < p.to {
				return p.name
			}
		}
		return ""
	}
}

func TestTruncatedOrExtended(t *testing.T) {
	raw := good(t)
	for _, n := range []int{0, 1, 511, 512, 700, len(raw) / 2, len(raw) - 1024, len(raw) - 1} {
		_, err := pack.Read(t.Context(), raw[:n], trusted)
		refused(t, err, "pack.not_a_pack", "")
	}
	for _, extra := range []string{"\x00", "x", strings.Repeat("\x00", 1024)} {
		_, err := pack.Read(t.Context(), append(bytes.Clone(raw), extra...), trusted)
		refused(t, err, "pack.not_a_pack", "")
	}
}

func TestForeignSignature(t *testing.T) {
	_, err := pack.Read(t.Context(), good(t), keys{testKey(2)})
	refused(t, err, "signed.unknown_key", "envelope.json")
}

func TestArchiveForms(t *testing.T) {
	content := unpack(t, good(t))
	order := []string{"envelope.json", "model.tflite", "card.md", "golden.json", "golden.bin"}
	tests := map[string]func(w *tar.Writer){
		"path": func(w *tar.Writer) { add(w, order, content, func(h *tar.Header) { h.Name = "./" + h.Name }) },
		"link": func(w *tar.Writer) {
			add(w, order, content, func(h *tar.Header) { h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0 })
		},
		"duplicate":   func(w *tar.Writer) { add(w, append(order, "card.md"), content, nil) },
		"other order": func(w *tar.Writer) { add(w, []string{"model.tflite", "envelope.json"}, content, nil) },
		"extra": func(w *tar.Writer) {
			content["x"] = nil
			add(w, append(order, "x"), content, nil)
		},
		"times": func(w *tar.Writer) { add(w, order, content, func(h *tar.Header) { h.ModTime = time.Unix(1, 0) }) },
		"owner": func(w *tar.Writer) { add(w, order, content, func(h *tar.Header) { h.Uid = 7 }) },
		"pax": func(w *tar.Writer) {
			add(w, order, content, func(h *tar.Header) { h.Format = tar.FormatPAX; h.PAXRecords = map[string]string{"a.b": "c"} })
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := tar.NewWriter(&out)
			write(w)
			w.Close()
			_, err := pack.Read(t.Context(), out.Bytes(), trusted)
			refused(t, err, "pack.not_a_pack", "")
		})
	}
}

func TestHugeMemberIsNotRead(t *testing.T) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "envelope.json", Size: 2 << 20, Mode: 0o644, Format: tar.FormatUSTAR})
	_, err := pack.Read(t.Context(), out.Bytes(), trusted)
	refused(t, err, "pack.member_too_large", "envelope.json")
	_, err = pack.Read(t.Context(), make([]byte, pack.MaxSize+1), trusted)
	refused(t, err, "pack.too_large", "")
}

func unpack(t *testing.T, raw []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(raw))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if out[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func add(w *tar.Writer, names []string, content map[string][]byte, change func(*tar.Header)) {
	for _, name := range names {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content[name])), Mode: 0o644, ModTime: time.Unix(0, 0)}
		if change != nil {
			change(h)
		}
		w.WriteHeader(h)
		if h.Size > 0 {
			w.Write(content[name])
		}
	}
}

func TestOpenNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.dermpack")
	_, err := pack.Open(path, trusted)
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != appliance.NotFound || e.Key != "pack.missing" {
		t.Fatalf("got %v", err)
	}
	if err := os.WriteFile(path, good(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Open(path, trusted); err != nil {
		t.Fatal(err)
	}
}

func TestExpiry(t *testing.T) {
	m := manifest()
	m.ExpiresAt = time.Unix(1.8e9, 0).UTC()
	raw, err := pack.Sign(t.Context(), m, members(), signed.NewEd25519Signer(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Read(t.Context(), raw, trusted)
	if err != nil || p.CheckExpiry(time.Unix(1.75e9, 0)) != nil {
		t.Fatalf("refused too early: %v", err)
	}
	refused(t, p.CheckExpiry(time.Unix(1.8e9, 0)), "signed.expired", "")
}
