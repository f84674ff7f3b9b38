package pack_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// spare is what reading any pack may allocate besides the pack's own size, in bytes: manifest and known answers
// are read as JSON, whose values take many times their text.
const spare = 48 << 20

// patch overwrites bytes of the first header.
type patch struct {
	offset int
	with   string
}

// patched is a good pack with bytes of its first header overwritten and the checksum made right again.
func patched(t testing.TB, patches ...patch) []byte {
	t.Helper()
	raw := bytes.Clone(good(t))
	for _, p := range patches {
		copy(raw[p.offset:], p.with)
	}
	copy(raw[148:156], "        ")
	sum := 0
	for _, b := range raw[:512] {
		sum += int(b)
	}
	copy(raw[148:], fmt.Sprintf("%06o\x00 ", sum))
	return raw
}

// pax is a good pack after a PAX header with records.
func pax(t testing.TB, records string) []byte {
	t.Helper()
	size := patch{124, fmt.Sprintf("%011o", len(records))}
	head := patched(t, patch{0, "PaxHeaders.0/envelope.json"}, patch{156, "x"}, size)[:512]
	block := append(head, records...)
	return append(append(block, make([]byte, (512-len(block)%512)%512)...), good(t)...)
}

// hostile are archives that are no pack, each by its trick.
func hostile(t testing.TB) map[string][]byte {
	t.Helper()
	raw := good(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(make([]byte, 8<<20))
	z.Close()
	return map[string][]byte{
		"nothing":             nil,
		"text":                []byte("envelope.json"),
		"a compressed bomb":   zipped.Bytes(),
		"zeros":               make([]byte, 4096),
		"absolute path":       patched(t, patch{0, "/etc/passwd\x00\x00"}),
		"path above":          patched(t, patch{0, "../../x.json\x00"}),
		"name with a tail":    patched(t, patch{13, "\x00x"}),
		"hard link":           patched(t, patch{156, "1"}),
		"symbolic link":       patched(t, patch{156, "2"}),
		"device":              patched(t, patch{156, "3"}),
		"folder":              patched(t, patch{156, "5"}),
		"FIFO":                patched(t, patch{156, "6"}),
		"contiguous":          patched(t, patch{156, "7"}),
		"old GNU sparse":      patched(t, patch{156, "S"}),
		"GNU long name":       patched(t, patch{156, "L"}),
		"old regular":         patched(t, patch{156, "\x00"}),
		"link name":           patched(t, patch{157, "/etc/shadow"}),
		"GNU magic":           patched(t, patch{257, "ustar  \x00"}),
		"prefix":              patched(t, patch{345, "sub"}),
		"owner":               patched(t, patch{108, "0001750"}),
		"set-uid":             patched(t, patch{100, "0004755"}),
		"8 GiB":               patched(t, patch{124, "77777777777"}),
		"base-256 size":       patched(t, patch{124, "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"}),
		"size below zero":     patched(t, patch{124, "-0000000001"}),
		"size of letters":     patched(t, patch{124, "0000000000x"}),
		"size with spaces":    patched(t, patch{124, "       4000"}),
		"size 0":              patched(t, patch{124, "00000000000"}),
		"PAX size":            pax(t, "10 size=1\n"),
		"PAX path":            pax(t, "18 path=/etc/cron\n"),
		"PAX sparse":          pax(t, "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n35 GNU.sparse.realsize=99999999999\n"),
		"PAX header of 8 GiB": patched(t, patch{156, "x"}, patch{124, "77777777777"}),
		"global header":       patched(t, patch{156, "g"}),
		"GNU name of 8 GiB":   patched(t, patch{156, "L"}, patch{124, "77777777777"}),
		"trailing zeros":      append(bytes.Clone(raw), make([]byte, 8<<20)...),
		"trailing pack":       append(bytes.Clone(raw), raw...),
		"cut":                 raw[:len(raw)-1],
		"no end":              raw[:len(raw)-1024],
	}
}

func TestHostileArchives(t *testing.T) {
	for name, raw := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			for what, read := range map[string]func() error{
				"Read":    func() error { _, err := pack.Read(t.Context(), raw, trusted); return err },
				"Inspect": func() error { _, err := pack.Inspect(raw); return err },
			} {
				var err error
				used := allocated(func() { err = read() })
				if appliance.CodeOf(err) != appliance.Unverified {
					t.Errorf("%s: got %v", what, err)
				}
				if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "pack.not_a_pack" && e.Key != "pack.member_too_large" {
					t.Errorf("%s: got %v", what, err)
				}
				if used > 1<<20 {
					t.Errorf("%s of %d bytes allocated %d", what, len(raw), used)
				}
			}
		})
	}
}

// allocated gives the bytes that f allocates in all, whether they are freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// archive writes members as a pack has them, whatever they hold.
func archive(t testing.TB, parts map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range []string{"envelope.json", "model.tflite", "card.md", "golden.json", "golden.bin"} {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(parts[name])), Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		w.Write(parts[name])
	}
	w.Close()
	return out.Bytes()
}

// envelope is an envelope with any payload and a signature of nobody.
func envelope(payload []byte) []byte {
	raw, _ := json.Marshal(map[string]any{
		"payloadType": "application/vnd.dermbox.model+json", "payload": base64.StdEncoding.EncodeToString(payload),
		"signatures": []map[string]string{{"keyid": "x", "sig": "eA=="}},
	})
	return raw
}

// TestReadingAPackTakesNoMoreThanItsSize gives the reader the worst that fits into its limits.
func TestReadingAPackTakesNoMoreThanItsSize(t *testing.T) {
	lists := func(head, item, tail string, size int) []byte {
		return []byte(head + strings.Repeat(item+",", size/(len(item)+1)) + item + tail)
	}
	huge := bytes.Repeat([]byte("TFL3"), 12<<20)
	for name, parts := range map[string]map[string][]byte{
		"the largest model":     {"envelope.json": envelope([]byte("{}")), "model.tflite": huge},
		"a manifest of lists":   {"envelope.json": envelope(lists(`{"optics":[`, `{}`, `]}`, 380<<10))},
		"a manifest of labels":  {"envelope.json": envelope(lists(`{"output":{"labels":[`, `""`, `]}}`, 380<<10))},
		"a manifest of strings": {"envelope.json": envelope([]byte(`{"name":"` + strings.Repeat("x", 380<<10) + `"}`))},
		"a manifest of depth":   {"envelope.json": envelope([]byte(strings.Repeat("[", 380<<10)))},
	} {
		t.Run(name, func(t *testing.T) {
			raw := archive(t, parts)
			var err error
			used := allocated(func() { _, err = pack.Inspect(raw) })
			if err == nil || used > spare {
				t.Fatalf("%d bytes allocated for %d, %v", used, len(raw), err)
			}
		})
	}
	m := manifest()
	for name, text := range map[string][]byte{
		"answers of nothing": lists(`{"schema":"dermbox.golden/1","vectors":[`, `{}`, `]}`, 250<<10),
		"answers of zeros":   lists(`{"schema":"dermbox.golden/1","vectors":[{"name":"a","probabilities":[`, `0`, `]}]}`, 250<<10),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, err = pack.ReadGolden(&m, text, nil) })
			if err == nil || used > spare {
				t.Fatalf("%d bytes allocated, %v", used, err)
			}
		})
	}
}

func TestOpenReadsNoMoreThanAPack(t *testing.T) {
	dir := t.TempDir()
	holes, pipe, raw := filepath.Join(dir, "holes"), filepath.Join(dir, "pipe"), filepath.Join(dir, "good")
	if err := errors.Join(os.WriteFile(holes, nil, 0o600), os.Truncate(holes, 1<<40), syscall.Mkfifo(pipe, 0o600), os.WriteFile(raw, good(t), 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, key := range map[string]string{holes: "pack.too_large", pipe: "pack.unreadable", dir: "pack.unreadable", "/dev/zero": "pack.unreadable"} {
		var err error
		used := allocated(func() { _, err = pack.Open(path, trusted) })
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key || used > 1<<20 {
			t.Errorf("%s: %d bytes allocated, %v", path, used, err)
		}
	}
	if _, err := pack.Open(raw, trusted); err != nil {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	raw := good(f)
	f.Add(raw)
	f.Add(raw[:1024])
	other := residualPack(f)
	f.Add(other)
	for _, bad := range hostile(f) {
		if len(bad) < 1<<16 {
			f.Add(bad)
		}
	}
	f.Add(archive(f, map[string][]byte{"envelope.json": envelope(sample(f, "v1-simulation.json")), "model.tflite": []byte("\x1c\x00\x00\x00TFL3")}))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := pack.Read(t.Context(), in, trusted); err == nil && !bytes.Equal(in, raw) && !bytes.Equal(in, other) {
			t.Fatal("another pack than the signed one was taken")
		}
		p, err := pack.Inspect(in)
		if err == nil && (p.Manifest.Check() != nil || len(p.Golden.Vectors) < pack.MinVectors || (p.Features != nil) != (p.Manifest.FeatureCount() > 0)) {
			t.Fatalf("taken: %+v", p.Manifest)
		}
		if err != nil && appliance.CodeOf(err) != appliance.Unverified {
			t.Fatal(err)
		}
	})
}

// What Check takes, the schema takes as well, once it is written as the code writes it.
func FuzzManifest(f *testing.F) {
	s := schema(f, "manifest")
	for _, name := range []string{"v1-simulation.json", "v1-approved.json", "v1-evaluation-int8.json", "v1-demonstration-features.json"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte(`{"schema":"dermbox.model/1","input":{"mean":[0,0],"std":[1,1,1]}}`))
	f.Add([]byte(`{"output":{"classes":{"":{"threshold":1e400}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := pack.ParseManifest(text)
		if err != nil {
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != appliance.Invalid || len(e.Params["value"]) > 100 || len(e.Params["reason"]) > 400 {
				t.Fatalf("got %v", err)
			}
			return
		}
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, raw); err != nil {
			t.Fatalf("the schema refuses what Check takes: %v\n%s", err, raw)
		}
	})
}

// What the reader takes, the schema takes as well, and each vector has its picture.
func FuzzGolden(f *testing.F) {
	s := schema(f, "golden")
	m := manifest()
	parts := members()
	f.Add(parts["golden.json"], parts["golden.bin"])
	f.Add(read(f, "v1-golden.json"), []byte{1})
	f.Add([]byte(`{"schema":"dermbox.golden/1","vectors":[{"name":"a","probabilities":[1e999,0],"over":null}]}`), []byte{})
	f.Fuzz(func(t *testing.T, text, data []byte) {
		g, err := pack.ReadGolden(&m, text, data)
		if err != nil {
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != appliance.Unverified || e.Key != "pack.golden" || e.Params["reason"] == "" {
				t.Fatalf("got %v", err)
			}
			return
		}
		raw, _ := json.Marshal(g)
		if err := validate(t, s, raw); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		for i := range g.Vectors {
			if len(g.Picture(i)) != m.Input.Size() {
				t.Fatalf("picture %d has %d bytes", i, len(g.Picture(i)))
			}
		}
	})
}
