package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance/worker"
	"dermbox/inference/pack"
)

const (
	demoKey  = "../../firmware/keyring/demo/model.key.pem"
	demoPack = "../../firmware/demo/signed/simulation.dermpack"
)

// TestMain lets this test binary be its own worker, as a Client starts it.
func TestMain(m *testing.M) {
	if os.Getenv(envFingerprint) != "" {
		os.Exit(worker.Main(fingerprint{}))
	}
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		main()
	}
	os.Exit(m.Run())
}

func runs(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestExitCodes(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	tests := map[string]struct {
		args []string
		code int
		says string
	}{
		"help":            {[]string{"--help"}, 0, ""},
		"version":         {[]string{"--version"}, 0, ""},
		"no such command": {[]string{"fly"}, 2, "unknown command"},
		"no such flag":    {[]string{"worker", "--fly"}, 2, "unknown flag"},
		"flag missing":    {[]string{"pack", "--dir", "x"}, 2, "required flag"},
		"an argument":     {[]string{"worker", "x"}, 2, "unknown command"},
		"no key":          {[]string{"pack", "--dir", empty, "--key", "/nonexistent", "--out", text}, 4, "private key"},
		"bad key":         {[]string{"pack", "--dir", empty, "--key", text, "--out", text}, 3, "private key"},
		"no members":      {[]string{"pack", "--dir", empty, "--key", demoKey, "--out", text}, 4, "manifest.json"},
		"other optics": {[]string{"prepare", "--images", empty, "--manifest", "../../inference/train/simulation.manifest.json",
			"--out", text, "--optics", "other"}, 3, "does not list the optics"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			code, _, errs := runs(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.says) {
				t.Fatalf("code %d, %q; want %d, %q", code, errs, test.code, test.says)
			}
		})
	}
}

// A picture that labels.csv names and that is not there, or is none, is named in the sentence.
func TestPrepareNamesThePictureAtFault(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.npy")
	for name, test := range map[string]struct {
		spoil func(path string) error
		code  int
		says  string
	}{
		"missing": {os.Remove, 4, "cannot be opened"},
		"bad":     {func(path string) error { return os.WriteFile(path, []byte("no photograph"), 0o600) }, 3, "is no JPEG"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := dataset(t)
			if err := test.spoil(filepath.Join(dir, "nv-3.jpg")); err != nil {
				t.Fatal(err)
			}
			code, _, errs := runs(t, "prepare", "--images", dir, "--manifest", "../../inference/train/simulation.manifest.json", "--out", out)
			if code != test.code || !strings.Contains(errs, test.says) || !strings.Contains(errs, "nv-3.jpg") {
				t.Errorf("code %d, %q; want %d, %q", code, errs, test.code, test.says)
			}
		})
	}
	if _, help, _ := runs(t, "--help"); !strings.Contains(help, "\n  prepare ") || !strings.Contains(help, "docs/models.md") {
		t.Errorf("the help does not lead to prepare: %s", help)
	}
}

// dataset writes a few JPEGs with labels.csv: dark ones "mel", light ones "nv".
func dataset(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	csv := "path,label,tone,seed\n"
	for i := range 6 {
		label := []string{"mel", "nv"}[i%2]
		img := image.NewRGBA(image.Rect(0, 0, 192, 108))
		for x := range 192 {
			for y := range 108 {
				img.Set(x, y, color.RGBA{byte(60 + 120*(i%2)), byte(x), byte(y + 20*i), 255})
			}
		}
		name := fmt.Sprintf("%s-%d.jpg", label, i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := jpeg.Encode(f, img, nil); err != nil {
			t.Fatal(err)
		}
		f.Close()
		csv += fmt.Sprintf("%s,%s,%d,%d\n", name, label, 1+i%3, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "labels.csv"), []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// drawings writes the pictures of a pack's known answers as a data set, each with a margin that preparation cuts off.
func drawings(t *testing.T, p *pack.Pack) string {
	t.Helper()
	dir, csv := t.TempDir(), "path,label,tone,seed\n"
	in, fraction := p.Manifest.Input, p.Manifest.Optics[0].FieldFraction
	side := int(math.Round(float64(in.Width) / fraction))
	for i, v := range p.Golden.Vectors {
		img, picture := image.NewRGBA(image.Rect(0, 0, side, side)), p.Golden.Picture(i)
		margin := (side - in.Width) / 2
		for x := range in.Width {
			for y := range in.Height {
				at := (y*in.Width + x) * 3
				img.Set(margin+x, margin+y, color.RGBA{picture[at], picture[at+1], picture[at+2], 255})
			}
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 100}); err != nil {
			t.Fatal(err)
		}
		label, _, _ := strings.Cut(v.Name, "-")
		name := fmt.Sprintf("%02d.jpg", i)
		if err := os.WriteFile(filepath.Join(dir, name), out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		csv += fmt.Sprintf("%s,%s,%d,%d\n", name, label, 1+i%3, i)
	}
	if err := os.WriteFile(filepath.Join(dir, "labels.csv"), []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPrepareWritesNumPy(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.npy")
	code, _, errs := runs(t, "prepare", "--images", dataset(t), "--manifest", "../../inference/train/simulation.manifest.json", "--out", out)
	if code != 0 {
		t.Fatal(errs)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	head := int(raw[8]) | int(raw[9])<<8
	if !bytes.HasPrefix(raw, []byte("\x93NUMPY\x01\x00")) || (10+head)%64 != 0 || len(raw) != 10+head+6*96*96*3 ||
		!strings.Contains(string(raw[10:10+head]), "'shape': (6, 96, 96, 3)") {
		t.Fatalf("%d bytes: %q", len(raw), raw[:10+head])
	}
	// Picture 0 is dark red and picture 1 light red, in the order of labels.csv.
	first, second := raw[10+head], raw[10+head+96*96*3]
	if first < 50 || first > 70 || second < 170 || second > 190 {
		t.Fatalf("first values %d and %d", first, second)
	}
}

// libraryPath finds the real library, or skips the test when this machine has none.
func libraryPath(t *testing.T) string {
	t.Helper()
	library := os.Getenv("DERMBOX_TFLITE")
	if library == "" {
		library, _ = filepath.Abs("../../build/lib/libtensorflowlite_c.so")
	}
	if _, err := os.Stat(library); err != nil {
		t.Skipf("no TensorFlow Lite library: %v (make installs it into build/lib, or set DERMBOX_TFLITE)", err)
	}
	return library
}

// TestMakeAPack records known answers of the committed model and signs a pack, with the commands that simulation.sh uses.
func TestMakeAPack(t *testing.T) {
	library := libraryPath(t)
	dir := t.TempDir()
	raw, err := os.ReadFile(demoPack)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		t.Fatal(err)
	}
	images := drawings(t, p)
	manifest, err := json.Marshal(p.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"model.tflite": p.Model, "card.md": []byte("#"), "manifest.json": manifest} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "x.dermpack")
	for _, args := range [][]string{
		{"golden", "--dir", dir, "--images", images, "--tflite", library, "--each", "1"},
		{"pack", "--dir", dir, "--key", demoKey, "--out", out},
	} {
		if code, _, errs := runs(t, args...); code != 0 {
			t.Fatalf("%s: %s", args[0], errs)
		}
	}
	made, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = pack.Inspect(made); err != nil || len(p.Golden.Vectors) < 3 {
		t.Fatal(err)
	}
}

func TestEachStopsAtTheFirstError(t *testing.T) {
	err := each(context.Background(), 1000, func(i int) error { return fmt.Errorf("number %d", i) })
	if err == nil || !strings.HasPrefix(err.Error(), "number ") {
		t.Fatal(err)
	}
}
