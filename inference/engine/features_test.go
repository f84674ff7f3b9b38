package engine_test

import (
	"os"
	"strings"
	"testing"

	"dermbox/appliance/text"
	"dermbox/inference"
	"dermbox/inference/engine"
	"dermbox/inference/graph/graphtest"
)

// twoOutputs reads a model with twelve features beside three labels, and what is asked of a worker for it.
func twoOutputs(t *testing.T, kind, input string) (inference.LoadRequest, []byte) {
	t.Helper()
	model, err := os.ReadFile("../tflite/testdata/features_" + kind + ".tflite")
	if err != nil {
		t.Fatal(err)
	}
	return inference.LoadRequest{
		SHA256: digest(string(model)), InputDims: []int{1, 8, 8, 3}, InputType: input, Outputs: 3, Features: 12, MinRuntime: "2.20.0",
	}, model
}

// ramp is a picture of 8 by 8 pixels, from 0 to 1.
func ramp() []float32 {
	values := make([]float32, 192)
	for i := range values {
		values[i] = float32(i) / 191
	}
	return values
}

// The labels come first and the features after them, in whichever order the file has them; whoever does not ask for features gets
// the bytes that a worker gave before it knew any. The answers are TensorFlow's own (inference/tflite/testdata/features.py).
func TestFeaturesAfterTheLabels(t *testing.T) {
	for kind, test := range map[string]struct {
		input string
		step  float32
		want  []float32
	}{
		"float": {"float32", 1e-4, []float32{0.399667, 0.338045, 0.262288,
			0.712322, 0.093691, 0, 0, 0.061085, 0, 0, 0.486851, 0, 0.291108, 0, 0.755927}},
		"int8": {"int8", 2.0 / 249, []float32{0.398438, 0.339844, 0.261719,
			0.710794, 0.088347, 0, 0, 0.060237, 0, 0, 0.481895, 0, 0.289137, 0, 0.754968}},
	} {
		for _, features := range []int{12, 0} {
			e := engine.New(libraryPath(t))
			defer e.Close()
			r, model := twoOutputs(t, kind, test.input)
			r.Features = features
			if _, _, err := handle(e, inference.RequestLoad, r, model); err != nil {
				t.Fatal(err)
			}
			_, body, err := handle(e, inference.RequestRun, nil, inference.EncodeTensor(ramp()))
			if err != nil {
				t.Fatal(err)
			}
			got, err := inference.DecodeTensor(body)
			if err != nil || len(got) != 3+features {
				t.Fatalf("%s, features %d: %v, %v", kind, features, got, err)
			}
			for i, v := range got {
				if d := v - test.want[i]; !(d <= test.step && d >= -test.step) {
					t.Fatalf("%s: %v, want %v", kind, got, test.want)
				}
			}
		}
	}
}

// A worker refuses a model without the features that its pack needs, whoever asks.
func TestFeaturesThatAreNotThere(t *testing.T) {
	r, model := twoOutputs(t, "float", "float32")
	one := graphtest.Model{}.Bytes()
	same := graphtest.Model{Outputs: []int32{2, 3}}.Bytes()
	for name, test := range map[string]struct {
		change func(*inference.LoadRequest)
		model  []byte
		key    string
		says   string
	}{
		"of another number": {func(r *inference.LoadRequest) { r.Features = 13 }, model, "inference.model.features", "float32 [1 12]"},
		"as many as labels": {func(r *inference.LoadRequest) { r.Features = 3 }, model, "inference.model.features", "3 values"},
		"other labels":      {func(r *inference.LoadRequest) { r.Outputs = 4 }, model, "inference.model.labels", "4 labels"},
		"one output":        {func(r *inference.LoadRequest) { r.InputDims = []int{1, 4, 4, 3} }, one, "inference.model.features", "0 of the model's outputs"},
		"of the same size":  {func(r *inference.LoadRequest) { r.InputDims = []int{1, 4, 4, 3} }, same, "inference.model.outputs", "2 outputs with 3 values"},
	} {
		t.Run(name, func(t *testing.T) {
			e := engine.New("/nonexistent/lib.so") // native code is not reached
			defer e.Close()
			r := r
			test.change(&r)
			r.SHA256 = digest(string(test.model))
			_, _, err := handle(e, inference.RequestLoad, r, test.model)
			wantKey(t, err, test.key)
			if sentence := text.Error(err); !strings.Contains(sentence, test.says) || strings.ContainsAny(sentence, "{}") {
				t.Fatal(sentence)
			}
		})
	}
}
