package compare_test

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/inference/pack"
	"dermbox/inference/tflite"
)

// root is the checkout's folder.
func root() string {
	if path := os.Getenv("DERMBOX_ROOT"); path != "" {
		return path
	}
	path, _ := filepath.Abs("../..")
	return path
}

const shippedLibrary, secondLibrary = "shipped library", "second library"

// libraries are the TFLite libraries that the loader must work with, by what they are called here.
func libraries(t testing.TB) map[string]string {
	t.Helper()
	first := os.Getenv("DERMBOX_TFLITE")
	if first == "" {
		first = filepath.Join(root(), "build/lib/libtensorflowlite_c.so")
	}
	if _, err := os.Stat(first); err != nil {
		t.Skipf("no TensorFlow Lite library: %v (make installs it into build/lib, or set DERMBOX_TFLITE)", err)
	}
	return map[string]string{shippedLibrary: first, secondLibrary: installed(t, "liblitert-lm.so")}
}

// open opens a library for the length of the test.
func open(t testing.TB, path string) *tflite.Library {
	t.Helper()
	lib, err := tflite.Open(path)
	must(t, err)
	t.Cleanup(lib.Close)
	return lib
}

// ownModels are those of the checkout, as files by name: the shipped one, the tests' own, and networks of the size of one that is
// used, in floats, in int8, and in int8 with a uint8 input.
func ownModels(t testing.TB) map[string]string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{}
	for _, name := range []string{shippedModel, mobilenet, mobilenetInt8, mobilenetUint8} {
		files[name] = filepath.Join(folder, name+".tflite")
	}
	must(t, os.WriteFile(files[shippedModel], simulation(t).Model, 0o600))
	python(t, "mobilenet.py", "1", files[mobilenet])
	python(t, "quantise.py", files[mobilenet], files[mobilenetInt8], "int8")
	python(t, "quantise.py", files[mobilenet], files[mobilenetUint8], "uint8")
	own, err := filepath.Glob(filepath.Join(root(), "inference/tflite/testdata/*.tflite"))
	must(t, err)
	for _, path := range own {
		files[nameOf(path)] = path
	}
	return files
}

const (
	shippedModel   = "simulation"
	mobilenet      = "mobilenet_v2_0.35_float"
	mobilenetInt8  = "mobilenet_v2_0.35_int8"
	mobilenetUint8 = "mobilenet_v2_0.35_uint8_input"
)

// sharedFolder holds models of others, beside the checkout where they were laid.
func sharedFolder() string { return filepath.Join(root(), "../shared/data/models") }

func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), ".tflite") }

func simulation(t testing.TB) *pack.Pack {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(), "firmware/demo/signed/simulation.dermpack"))
	must(t, err)
	p, err := pack.Inspect(raw)
	must(t, err)
	return p
}

// input makes the n-th seeded input of a tensor, as values and as it lies in memory: even ones are noise over the whole range,
// odd ones waves, as a picture has them.
func input(to tflite.Tensor, n int) (values []float32, raw []byte) {
	random := rand.New(rand.NewPCG(uint64(n), 4))
	low, high := -1.0, 1.0
	switch to.DType {
	case "int8":
		low, high = -128, 127
	case "uint8":
		low, high = 0, 255
	}
	waves := [3][2]float64{}
	for i := range waves {
		waves[i] = [2]float64{random.Float64() / 40, random.Float64() * 7}
	}
	for i := range to.Size() {
		share := random.Float64()
		if n%2 == 1 {
			share = 0.5
			for _, w := range waves {
				share += math.Sin(float64(i)*w[0]+w[1]) / 6
			}
		}
		v := low + share*(high-low)
		if to.DType == "float32" {
			values = append(values, float32(v))
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
			continue
		}
		stored := int32(math.Round(v))
		values = append(values, to.Scale*float32(stored-to.ZeroPoint))
		raw = append(raw, byte(stored))
	}
	return values, raw
}

// values gives what raw bytes of an output mean.
func (t tensor) values(raw []byte) []float32 {
	var out []float32
	for i := 0; t.DType == "float32" && i < len(raw); i += 4 {
		out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
	}
	for i := 0; t.DType != "float32" && i < len(raw); i++ {
		stored := int32(raw[i])
		if t.DType == "int8" {
			stored = int32(int8(raw[i]))
		}
		out = append(out, t.Scale*float32(stored-t.ZeroPoint))
	}
	return out
}
