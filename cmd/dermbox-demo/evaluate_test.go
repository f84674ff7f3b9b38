package main

import (
	"io"
	"os"
	"testing"

	"go.uber.org/goleak"

	"dermbox/camera/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSimulationModelThroughTheCamera takes drawings that the model has not seen through the real stream, worker, JPEG and
// engine. The full size is `dermbox-demo evaluate` with its defaults, whose figures stand in the model's card; this is the
// smaller size for every day: 12 seeds of each kind.
func TestSimulationModelThroughTheCamera(t *testing.T) {
	bin, library := os.Getenv("DERMBOX_BIN"), os.Getenv("DERMBOX_TFLITE")
	if bin == "" || library == "" {
		t.Skip("DERMBOX_BIN and DERMBOX_TFLITE name the programs and the library; make test sets them")
	}
	e := evaluation{root: "../..", bin: bin, tflite: library, first: 400001, count: 12, out: io.Discard}
	result, err := e.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{scope.Naevus, scope.Melanoma, scope.Keratosis} {
		if auc := result.AUC[label]; auc < 0.95 {
			t.Errorf("AUC of %s against the rest is %.3f, at least 0.95 is promised", label, auc)
		}
	}
	if len(result.Routes) < 2 {
		t.Errorf("one route for everything: %v", result.Routes)
	}
}
