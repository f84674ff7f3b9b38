package tflite_test

import (
	"os"
	"slices"
	"testing"

	"dermbox/inference/tflite"
)

// twoOutputs are what TensorFlow's own interpreter says of a ramp (testdata/features.py). The outputs of the two files stand in
// another order each.
var twoOutputs = map[string]struct {
	labels, features         int // numbers of the outputs
	step                     float64
	wantLabels, wantFeatures []float32
}{
	"float": {1, 0, 1e-4, []float32{0.399667, 0.338045, 0.262288},
		[]float32{0.712322, 0.093691, 0, 0, 0.061085, 0, 0, 0.486851, 0, 0.291108, 0, 0.755927}},
	"int8": {0, 1, 2.0 / 249, []float32{0.398438, 0.339844, 0.261719}, // two steps of the features: kernels differ by processor
		[]float32{0.710794, 0.088347, 0, 0, 0.060237, 0, 0, 0.481895, 0, 0.289137, 0, 0.754968}},
}

// ramp is a picture of 8 by 8 pixels, from 0 to 1.
func ramp() []float32 {
	values := make([]float32, 192)
	for i := range values {
		values[i] = float32(i) / 191
	}
	return values
}

func near(got, want []float32, within float64) bool {
	return slices.EqualFunc(got, want, func(a, b float32) bool { return float64(a-b) <= within && float64(b-a) <= within })
}

// Both outputs of a model are given, in the order that is asked for, whatever the file's order is.
func twoOutputsInOneRun(t *testing.T, lib *tflite.Library) {
	for kind, test := range twoOutputs {
		t.Run(kind, func(t *testing.T) {
			model, err := os.ReadFile("testdata/features_" + kind + ".tflite")
			if err != nil {
				t.Fatal(err)
			}
			it, err := lib.Load(model, tflite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer it.Close()
			if out := it.Outputs(); len(out) != 2 || out[test.labels].Size() != 3 || out[test.features].Size() != 12 {
				t.Fatalf("outputs %+v", it.Outputs())
			}
			for _, order := range [][]int{{test.labels, test.features}, {test.features, test.labels}, {test.features}, {test.labels}} {
				var want []float32
				for _, output := range order {
					want = append(want, map[int][]float32{test.labels: test.wantLabels, test.features: test.wantFeatures}[output]...)
				}
				if got, err := it.Run(ramp(), order...); err != nil || !near(got, want, test.step) {
					t.Errorf("outputs %v: %v, want %v, %v", order, got, want, err)
				}
			}
			for _, order := range [][]int{{test.labels, 2}, {-1, test.features}} {
				if _, err := it.Run(ramp(), order...); err == nil {
					t.Errorf("outputs %v were given", order)
				}
			}
		})
	}
}
