package appliance

import (
	"fmt"
	"runtime"
	"strings"
)

// PanicError stands for a panic that was caught. It names the value's type and where it happened, never the value: that may
// hold a patient's data.
type PanicError struct {
	Type  string   // of the value that was panicked with, for example "runtime.boundsError"
	Where []string // "function file:line", innermost first
}

// Error gives the type and the innermost place.
func (e *PanicError) Error() string {
	place := "unknown place"
	if len(e.Where) > 0 {
		place = e.Where[0]
	}
	return "panic of type " + e.Type + " at " + place
}

const maxFrames = 16

// Caught describes a panic: value is what recover gave to the deferred function that calls Caught. It is nil for nil.
func Caught(value any) *PanicError {
	if value == nil {
		return nil
	}
	e := &PanicError{Type: fmt.Sprintf("%T", value)}
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // skips Callers, Caught and the deferred function
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			e.Where = append(e.Where, fmt.Sprintf("%s %s:%d", frame.Function, base(frame.File), frame.Line))
		}
		if !more || len(e.Where) == maxFrames {
			return e
		}
	}
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
