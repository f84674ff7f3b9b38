package tflite

/*
#cgo CFLAGS: -O2 -Wall -Wextra -Werror
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"unsafe"

	"dermbox/appliance"
)

// MinVersion is the lowest version of the library that is loaded: older ones have other delegate options, and 2.9 is
// silently wrong on models that today's converter quantised.
const MinVersion = "2.20.0"

// Library is the loaded TensorFlow Lite library. It may be used from any goroutine and must outlive its interpreters.
type Library struct {
	api     C.dermbox_api
	handle  unsafe.Pointer
	version string
}

// Open loads the library at an absolute path. Where pins are given, its SHA-256 must be one of them; it is checked before any
// code of the library runs, and the file that was checked is the one that is loaded. The error is an *appliance.Error:
// Unverified inference.runtime_changed when no pin fits, Unavailable inference.runtime_missing when it cannot be loaded or lacks
// a function, inference.runtime_version when it is too old.
func Open(path string, pins ...string) (*Library, error) {
	if !filepath.IsAbs(path) {
		return nil, missing(path, errors.New("the path is not absolute"))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, missing(path, err)
	}
	defer file.Close()
	if err := pinned(file, pins); err != nil {
		return nil, err
	}
	l := &Library{}
	name := C.CString(fmt.Sprintf("/proc/self/fd/%d", file.Fd())) // whatever stands under the path by now
	defer C.free(unsafe.Pointer(name))
	if problem := C.dermbox_load(name, &l.api, &l.handle); problem != nil {
		err := errors.New(C.GoString(problem))
		if l.handle != nil {
			err = fmt.Errorf("it has no function %w", err)
		}
		C.dermbox_unload(l.handle)
		return nil, missing(path, err)
	}
	l.version = C.GoString(C.dermbox_version(&l.api))
	if !AtLeast(l.version, MinVersion) {
		C.dermbox_unload(l.handle)
		return nil, appliance.E(appliance.Unavailable, "inference.runtime_version", nil, "version", l.version, "want", MinVersion)
	}
	return l, nil
}

// Version gives the library's version, for example "2.21.0".
func (l *Library) Version() string { return l.version }

// refuseXNNPACK makes the delegate refuse every model from now on, for tests: of the models at hand it refuses none.
func (l *Library) refuseXNNPACK() { C.dermbox_refuse_xnnpack(&l.api) }

// Close unloads the library. No interpreter of it may be used or closed afterwards.
func (l *Library) Close() {
	C.dermbox_unload(l.handle)
	l.handle = nil
}

// pinned refuses a library whose SHA-256 is none of the pins; without pins each is good.
func pinned(file *os.File, pins []string) error {
	if len(pins) == 0 {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return missing(file.Name(), err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !slices.Contains(pins, got) {
		return appliance.E(appliance.Unverified, "inference.runtime_changed", fmt.Errorf("sha256 %s", got), "path", file.Name())
	}
	return nil
}

func missing(path string, cause error) error {
	return appliance.E(appliance.Unavailable, "inference.runtime_missing", cause, "path", path)
}

// AtLeast says whether version a is b or later; a version that cannot be read is not.
func AtLeast(a, b string) bool {
	var x, y [3]int
	if _, err := fmt.Sscanf(a, "%d.%d.%d", &x[0], &x[1], &x[2]); err != nil {
		return false
	}
	if _, err := fmt.Sscanf(b, "%d.%d.%d", &y[0], &y[1], &y[2]); err != nil {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return true
}
