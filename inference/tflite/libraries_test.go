package tflite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/tflite"
)

// A library of somebody else's making must do all that ours does: whoever has another under its own control puts it in place
// without building dermbox anew.
func TestLibraries(t *testing.T) {
	for title, open := range map[string]func(testing.TB) *tflite.Library{
		"shipped": library,
		"second":  func(t testing.TB) *tflite.Library { return openFor(t, second(t)) },
	} {
		t.Run(title, func(t *testing.T) {
			lib := open(t)
			for name, test := range map[string]func(*testing.T, *tflite.Library){
				"simulation model": simulationModelRuns, "quantised models": quantisedModels, "bad models": badModels,
				"other sizes": runRefusesOtherSizes, "two outputs": twoOutputsInOneRun,
			} {
				t.Run(name, func(t *testing.T) { test(t, lib) })
			}
		})
	}
}

// The loader keeps the shipped library after Close. What is opened next has the same descriptor, and must not be taken for it.
func TestOpenAfterAnother(t *testing.T) {
	library(t).Close()
	text := filepath.Join(t.TempDir(), "lib.so")
	if err := os.WriteFile(text, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if lib, err := tflite.Open(text); err == nil {
		t.Fatalf("a text is taken for the library of version %s", lib.Version())
	}
}

// It is loaded where its checksum is allowed, and nowhere by default.
func TestSecondLibraryNeedsItsPin(t *testing.T) {
	path := second(t)
	_, err := tflite.Open(path, inference.LibraryPins()...)
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "inference.runtime_changed" || e.Code != appliance.Unverified {
		t.Fatalf("with the pins of the shipped library: %v", err)
	}
	if version := openFor(t, path).Version(); version != "2.23.0" {
		t.Fatalf("version %s", version)
	}
}

// second gives the path of another library, of litert-lm-api, or skips the test when this machine has none.
func second(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("DERMBOX_PEERS")
	if folder == "" {
		folder, _ = filepath.Abs("../../build/peers")
	}
	path := filepath.Join(folder, "liblitert-lm.so")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no second TensorFlow Lite library: %v (make setup-peers installs it into build/peers, or set DERMBOX_PEERS)", err)
	}
	return path
}

func openFor(t testing.TB, path string) *tflite.Library {
	t.Helper()
	lib, err := tflite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lib.Close)
	return lib
}
