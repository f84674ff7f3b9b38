package main

import (
	"log/slog"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/inference"
)

// inferenceOptions finds the program that runs models and the library that it needs.
func (t *tool) inferenceOptions(tflite, sha256 string) (inference.ClientOptions, error) {
	var o inference.ClientOptions
	path, err := beside(t.inference, "dermbox-inference")
	if err != nil {
		return o, err
	}
	if _, err := os.Stat(path); err != nil {
		return o, appliance.E(appliance.NotFound, "ctl.model.no_inference", err, "path", path)
	}
	library, err := beside(tflite, filepath.Join("..", "lib", "libtensorflowlite_c.so"))
	if err != nil {
		return o, err
	}
	pins := inference.LibraryPins()
	if sha256 != "" {
		pins = []string{sha256}
	}
	o.WorkerPath, o.TFLite, o.Pins = path, library, pins
	o.Log = slog.New(slog.NewTextHandler(t.errors, &slog.HandlerOptions{Level: slog.LevelError}))
	return o, nil
}
