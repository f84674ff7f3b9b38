package compare_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/inference/tflite"
)

// inputs is how many inputs each model answers in each engine.
const inputs = 6

// kernels are the ways in which a model runs, with the other engine's counterpart and how far the answers may be apart: floats
// by their value, quantised ones by their steps.
var kernels = []struct {
	name   string
	plain  bool
	engine string
	float  float64
	steps  float64
}{
	{"accelerated", false, litert, 1e-5, 1},
	{"plain", true, litertPlain, 1e-5, 1},
	// Not like with like: XNNPACK rounds otherwise than the plain kernels do, at each of some 60 layers. Of 100 inputs the worst
	// were 19 steps apart and 5 had another class on top (coral's MobileNetV2), so a quantised model that falls back to the plain
	// kernels does not pass its golden vectors, and must not.
	{"plain against accelerated", true, litert, 1e-5, 24},
}

func TestCompatible(t *testing.T) {
	p, libs := startPeer(t), libraries(t)
	for name, file := range ownModels(t) {
		t.Run(name, func(t *testing.T) { compatible(t, p, libs, name, file) })
	}
	t.Run("shared", func(t *testing.T) {
		files, _ := filepath.Glob(filepath.Join(sharedFolder(), "*/*.tflite"))
		if len(files) == 0 {
			t.Skipf("no models in %s", sharedFolder())
		}
		for _, file := range files {
			t.Run(nameOf(file), func(t *testing.T) { compatible(t, p, libs, nameOf(file), file) })
		}
	})
}

// compatible holds one model in both libraries and with all kernels against the reference interpreter.
func compatible(t *testing.T, p *peer, libs map[string]string, name, file string) {
	model, err := os.ReadFile(file)
	must(t, err)
	reference := map[string]loaded{}
	for _, engine := range []string{litert, litertPlain} {
		reference[engine] = p.load(t, name+" "+engine, engine, file)
	}
	for title, path := range libs {
		lib := open(t, path)
		if second := lib.Version() == "2.23.0"; second != (title == secondLibrary) {
			t.Fatalf("%s is of version %s", title, lib.Version())
		}
		for _, k := range kernels {
			t.Run(title+", "+k.name, func(t *testing.T) {
				it, err := lib.Load(model, tflite.Options{Plain: k.plain})
				must(t, err)
				defer it.Close()
				if plain := strings.HasSuffix(it.Engine(), "plain kernels"); plain != k.plain {
					t.Fatalf("it runs on %s", it.Engine())
				}
				sameTensors(t, reference[k.engine], it)
				var limits []float64
				for _, out := range it.Outputs() {
					limit := k.float
					if out.DType != "float32" {
						limit = k.steps * float64(out.Scale)
					}
					limits = append(limits, limit)
				}
				sameAnswers(t, p, name+" "+k.engine, reference[k.engine].Outputs, it, limits)
			})
		}
	}
}

func sameTensors(t *testing.T, want loaded, it *tflite.Interpreter) {
	t.Helper()
	same := len(want.Inputs) == 1 && len(it.Inputs()) == 1 && want.Inputs[0].is(it.Inputs()[0]) && len(want.Outputs) > 0 && len(want.Outputs) == len(it.Outputs())
	for i := 0; same && i < len(want.Outputs); i++ {
		same = want.Outputs[i].is(it.Outputs()[i])
	}
	if !same {
		t.Fatalf("tensors %+v %+v, want %+v, of one input", it.Inputs(), it.Outputs(), want)
	}
}

// sameAnswers runs all inputs in both engines. limits are those of each output's values.
func sameAnswers(t *testing.T, p *peer, id string, outputs []tensor, it *tflite.Interpreter, limits []float64) {
	t.Helper()
	every := make([]int, len(outputs))
	for i := range every {
		every[i] = i
	}
	worst, different := 0.0, map[string]bool{}
	for n := range inputs {
		values, raw := input(it.Inputs()[0], n)
		theirs := p.run(t, id, raw)
		var want, limit []float64
		at := 0
		for i, out := range outputs {
			size := it.Outputs()[i].Bytes
			for _, v := range out.values(theirs[at : at+size]) {
				relative := 1.0
				if out.DType == "float32" { // features may be large
					relative = max(1, math.Abs(float64(v)))
				}
				want, limit = append(want, float64(v)), append(limit, relative*limits[i])
			}
			at += size
		}
		got, err := it.Run(values, every...)
		must(t, err)
		if len(got) != len(want) {
			t.Fatalf("%d values, want %d", len(got), len(want))
		}
		different[string(theirs)] = true
		for i := range want {
			d := math.Abs(float64(got[i])-want[i]) / limit[i]
			if worst = max(worst, d); !(d <= 1.0001) { // the last bit of a step's two values; NaN is wrong
				t.Fatalf("input %d: value %d is %v, want %v: %v of the limit %v apart", n, i, got[i], want[i], d, limit[i])
			}
		}
	}
	if len(different) < inputs/2 {
		t.Errorf("%d inputs have %d answers: they compare little", inputs, len(different))
	}
	t.Logf("at most %.3g of the limits %v apart", worst, limits)
}
