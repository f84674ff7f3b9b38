package tflite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/inference/pack"
	"dermbox/inference/tflite"
)

// library opens the real library, or skips the test when this machine has none.
func library(t testing.TB) *tflite.Library {
	t.Helper()
	path := os.Getenv("DERMBOX_TFLITE")
	if path == "" {
		path, _ = filepath.Abs("../../build/lib/libtensorflowlite_c.so")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no TensorFlow Lite library: %v (make installs it into build/lib, or set DERMBOX_TFLITE)", err)
	}
	lib, err := tflite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lib.Close)
	return lib
}

func simulation(t testing.TB) *pack.Pack {
	t.Helper()
	raw, err := os.ReadFile("../../firmware/demo/signed/simulation.dermpack")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"no path": "", "relative": "libtensorflowlite_c.so", "missing": "/nonexistent/lib.so", "text": text,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tflite.Open(path)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Key != "inference.runtime_missing" || e.Code != appliance.Unavailable || e.Err == nil {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestOpenAnotherLibrary(t *testing.T) {
	found, _ := filepath.Glob("/lib/*-linux-gnu/libm.so.6")
	if len(found) == 0 {
		t.Skip("no other library at hand")
	}
	_, err := tflite.Open(found[0])
	if err == nil || !strings.Contains(err.Error(), "TfLiteVersion") {
		t.Fatalf("got %v, want the missing function named", err)
	}
}

func TestAtLeast(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"2.21.0", "2.20.0", true}, {"2.20.0", "2.20.0", true}, {"3.0.0", "2.20.5", true}, {"2.20.1", "2.20.0", true},
		{"2.9.0", "2.20.0", false}, {"2.19.9", "2.20.0", false}, {"", "2.20.0", false}, {"x", "2.20.0", false},
		{"2.21.0-rc1", "2.20.0", true}, {"2.21.0", "x", false},
	}
	for _, test := range tests {
		if got := tflite.AtLeast(test.a, test.b); got != test.want {
			t.Errorf("AtLeast(%q, %q) = %v", test.a, test.b, got)
		}
	}
}

func TestSimulationModelRuns(t *testing.T) {
	lib, p := library(t), simulation(t)
	if !tflite.AtLeast(lib.Version(), tflite.MinVersion) {
		t.Fatalf("version %s", lib.Version())
	}
	for _, plain := range []bool{false, true} {
		it, err := lib.Load(p.Model, tflite.Options{Plain: plain})
		if err != nil {
			t.Fatal(err)
		}
		want := "TFLite " + lib.Version() + map[bool]string{false: " XNNPACK", true: " plain kernels"}[plain]
		if it.Engine() != want || len(it.Inputs()) != 1 || it.Inputs()[0].DType != "float32" || len(it.Outputs()) != 1 {
			t.Fatalf("%s %+v %+v", it.Engine(), it.Inputs(), it.Outputs())
		}
		for i, vector := range p.Golden.Vectors {
			picture := make([]uint32, p.Manifest.Input.Size())
			for j, b := range p.Golden.Picture(i) {
				picture[j] = uint32(b) << 16
			}
			got, err := it.Run(p.Manifest.Input.Normalise(picture), 0)
			if err != nil {
				t.Fatal(err)
			}
			for j := range got {
				if d := float64(got[j]) - vector.Probabilities[j]; d > 1e-4 || d < -1e-4 {
					t.Fatalf("%s, plain %v: got %v, want %v", vector.Name, plain, got, vector.Probabilities)
				}
			}
		}
		it.Close()
		it.Close()
	}
}

// A model that the accelerated kernels refuse runs on the plain ones, and its engine says so.
func TestRefusedByXNNPACK(t *testing.T) {
	lib, p := library(t), simulation(t)
	lib.RefuseXNNPACK()
	it, err := lib.Load(p.Model, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	if want := "TFLite " + lib.Version() + " plain kernels"; it.Engine() != want {
		t.Fatalf("engine %q, want %q", it.Engine(), want)
	}
	if _, err := it.Run(make([]float32, p.Manifest.Input.Size()), 0); err != nil {
		t.Fatal(err)
	}
}

func TestQuantisedModels(t *testing.T) {
	lib := library(t)
	want := []float32{0.4609375, 0.25390625, 0.28515625}
	for _, kind := range []string{"int8", "uint8"} {
		t.Run(kind, func(t *testing.T) {
			model, err := os.ReadFile("testdata/dense_" + kind + ".tflite")
			if err != nil {
				t.Fatal(err)
			}
			it, err := lib.Load(model, tflite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer it.Close()
			if in := it.Inputs()[0]; in.DType != kind || in.Scale < 0.0078 || in.Scale > 0.0079 || in.Size() != 4 {
				t.Fatalf("input %+v", in)
			}
			got, err := it.Run([]float32{0.5, -0.25, 1, -1}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if d := got[i] - want[i]; d > 1.0/256 || d < -1.0/256 { // a step: kernels differ by processor
					t.Fatalf("got %v, want %v", got, want)
				}
			}
			if _, err := it.Run([]float32{1e30, -1e30, 0, 0}, 0); err != nil { // saturates
				t.Fatal(err)
			}
		})
	}
}

func TestBadModels(t *testing.T) {
	lib, model := library(t), simulation(t).Model
	noise := []byte("\x1c\x00\x00\x00TFL3" + strings.Repeat("\xa5\x3c", 500))
	tests := map[string][]byte{
		"empty": nil, "text": []byte("this is not a model at all"), "cut early": model[:8], "cut late": model[:len(model)/2],
		"noise": noise, "other identifier": append([]byte("\x1c\x00\x00\x00TFL2"), model[8:]...),
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			if it, err := lib.Load(bad, tflite.Options{}); err == nil {
				it.Close()
				t.Fatal("loaded")
			} else if !strings.HasPrefix(err.Error(), "tflite: ") {
				t.Fatal(err)
			}
		})
	}
}

func TestRunRefusesOtherSizes(t *testing.T) {
	it, err := library(t).Load(simulation(t).Model, tflite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	for _, n := range []int{0, 1, 96*96*3 - 1, 96*96*3 + 1} {
		if _, err := it.Run(make([]float32, n), 0); err == nil {
			t.Fatalf("%d values were taken", n)
		}
	}
	for _, output := range []int{-1, 1} {
		if _, err := it.Run(make([]float32, 96*96*3), output); err == nil {
			t.Fatalf("output %d was given", output)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	lib, p := library(b), simulation(b)
	it, err := lib.Load(p.Model, tflite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer it.Close()
	values := make([]float32, p.Manifest.Input.Size())
	for b.Loop() {
		if _, err := it.Run(values, 0); err != nil {
			b.Fatal(err)
		}
	}
}
