package compare_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/inference/tflite"
)

// Each round runs each engine so often in a row, and there are at least so many rounds, whatever the bench time.
const (
	inARow       = 10
	fewestRounds = 30
	mostRounds   = 60
)

// engine is one that is measured.
type engine struct {
	name string
	time func(times int) []float64 // ms of the engine alone, for each
	took []float64
}

// race is engines with the same model and the same input.
type race struct {
	engines []*engine
	rounds  int
}

// round lets each engine run, every time another one first: what else the machine does hits each alike.
func (r *race) round() {
	for i := range r.engines {
		e := r.engines[(r.rounds+i)%len(r.engines)]
		e.took = append(e.took, e.time(inARow)...)
	}
	r.rounds++
}

// ratio gives our time over another engine's, each the one that a quarter of its runs do not exceed: what other programs take from
// an engine is left out alike. Ours is the first.
func (r *race) ratio(name string) float64 {
	i := slices.IndexFunc(r.engines, func(e *engine) bool { return e.name == name })
	return quantile(r.engines[0].took, 25) / quantile(r.engines[i].took, 25)
}

func (r *race) log(b *testing.B, model string) {
	said := "ms at 25, 50 and 95 in 100, " + model + ":"
	for _, e := range r.engines {
		said += fmt.Sprintf("  %s %.3f %.3f %.3f", e.name, quantile(e.took, 25), quantile(e.took, 50), quantile(e.took, 95))
	}
	b.Log(said)
}

// quantile gives the value that so many percent do not exceed.
func quantile(v []float64, percent int) float64 {
	slices.Sort(v)
	return v[min(len(v)-1, len(v)*percent/100)]
}

// starters are the models that are measured, by what is added to their records' names.
func starters(b *testing.B, own map[string]string) map[string]string {
	b.Helper()
	files := map[string]string{
		"": own[mobilenet], "_shipped_model": own[shippedModel], "_int8": own[mobilenetInt8], "_int8_uint8_input": own[mobilenetUint8],
	}
	others := filepath.Join(sharedFolder(), "coral/tf2_mobilenet_v2_1.0_224_ptq.tflite")
	if _, err := os.Stat(others); err == nil {
		files["_int8_coral"] = others
	}
	return files
}

// BenchmarkRecordEngines measures the engine that ships against Google's own interpreter and ONNX Runtime, each with one thread and
// without the handing over of input and output, on a float network of MobileNetV2-0.35's size and on the shipped model; and against
// Google's interpreter on the network in int8, with an int8 and with a uint8 input, and on a model of others where they lie beside the
// checkout.
func BenchmarkRecordEngines(b *testing.B) {
	p, libs, races := startPeer(b), libraries(b), map[string]*race{}
	for suffix, file := range starters(b, ownModels(b)) {
		onnx := ""
		if !strings.HasPrefix(suffix, "_int8") { // how ONNX quantises is another matter
			onnx = filepath.Join(b.TempDir(), "model.onnx")
			python(b, "toonnx.py", file, onnx)
		}
		races[suffix] = line(b, p, libs, file, onnx)
	}
	rounds := 0
	for b.Loop() {
		if rounds < mostRounds { // further ones say nothing new
			rounds++
			all(races)
		}
	}
	for ; rounds < fewestRounds; rounds++ {
		all(races)
	}
	for suffix, r := range races {
		r.log(b, "model"+suffix)
		for against, name := range map[string]string{litert: "engine_vs_litert", onnxRuntime: "engine_vs_onnxruntime"} {
			if slices.ContainsFunc(r.engines, func(e *engine) bool { return e.name == against }) {
				b.ReportMetric(r.ratio(against), "inference."+name+suffix+":ratio")
				b.ReportMetric(1, "inference."+name+suffix+":ratio:"+against)
			}
		}
	}
}

func all(races map[string]*race) {
	for _, r := range races {
		r.round()
	}
}

// line puts a model into every engine, ours with the shipped library first, checks that they give the same answer and lets each run
// a while. Without an ONNX file ONNX Runtime is left out.
func line(b *testing.B, p *peer, libs map[string]string, file, onnx string) *race {
	b.Helper()
	model, err := os.ReadFile(file)
	must(b, err)
	r, want, limit := &race{}, []float32(nil), 1e-4
	var raw []byte
	for _, title := range []string{shippedLibrary, secondLibrary} {
		it, err := open(b, libs[title]).Load(model, tflite.Options{Threads: 1})
		must(b, err)
		b.Cleanup(it.Close)
		var values []float32
		values, raw = input(it.Inputs()[0], 1)
		got, err := it.Run(values, 0)
		must(b, err)
		limit = max(limit, 1.0001*float64(it.Outputs()[0].Scale)) // a step of a quantised one
		want = same(b, title, want, got, limit)
		r.engines = append(r.engines, &engine{name: title, time: func(times int) []float64 { return invoked(b, it, times) }})
	}
	files := map[string]string{litert: file, onnxRuntime: onnx}
	for _, name := range []string{litert, onnxRuntime} {
		if files[name] == "" {
			continue
		}
		id := name + " " + file
		out := p.load(b, id, name, files[name]).Outputs[0]
		same(b, name, want, out.values(p.run(b, id, raw)), limit)
		r.engines = append(r.engines, &engine{name: name, time: func(times int) []float64 { return p.timed(b, id, times) }})
	}
	for _, e := range r.engines {
		e.time(2 * inARow)
	}
	return r
}

// same fails unless two answers are within the limit, and gives the first there is.
func same(b *testing.B, name string, want, got []float32, limit float64) []float32 {
	b.Helper()
	if want == nil {
		return got
	}
	if len(got) != len(want) {
		b.Fatalf("%s gives %d values, want %d", name, len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= limit) {
			b.Fatalf("%s: value %d is %v, want %v", name, i, got[i], want[i])
		}
	}
	return want
}

// invoked runs our engine so often on the input that it has.
func invoked(b *testing.B, it *tflite.Interpreter, times int) (took []float64) {
	b.Helper()
	for range times {
		began := time.Now()
		must(b, it.Invoke())
		took = append(took, float64(time.Since(began).Nanoseconds())/1e6)
	}
	return took
}
