package inference

import (
	"os"
	"path/filepath"
)

// LibraryPins gives the SHA-256, in lower-case hex, of the TensorFlow Lite libraries that dermbox was tested with: those which
// make setup installs, one for each processor (firmware/setup/tflite.sums).
func LibraryPins() []string {
	return []string{
		"fe6884ba79d33230521e18effe111487daad40a4a30c1ffddb8d6701ab4756f3", // x86_64
		"1ddeeba8b6b03173cdb2c052c5927c1803ff39f8a438f7fe9c6c412d4cfb0106", // aarch64
	}
}

// Library gives the TFLite library's path and the SHA-256 that it may have: the configured ones, or lib/ beside the folder of the
// program that asks, and the pins. With environment it may be found by DERMBOX_TFLITE, as a workstation does it; a live box looks
// at nothing that the environment names. Wherever it lies, one of another SHA-256 is not loaded.
func Library(configured, sha256 string, environment bool) (path string, pins []string) {
	pins = LibraryPins()
	if sha256 != "" {
		pins = []string{sha256}
	}
	if configured != "" {
		return configured, pins
	}
	if path := os.Getenv("DERMBOX_TFLITE"); path != "" && environment {
		return path, pins
	}
	own, err := os.Executable()
	if err != nil {
		return "libtensorflowlite_c.so", pins
	}
	return filepath.Join(filepath.Dir(own), "..", "lib", "libtensorflowlite_c.so"), pins
}
