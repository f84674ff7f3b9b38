package appliance

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Code says, for machines, what kind of failure an Error is. HTTP status, exit code and retry follow from it.
type Code string

// The codes. Each error in dermbox that reaches a person or another program has one of them.
const (
	Invalid      Code = "invalid"      // the input breaks a rule; a person can mend it
	NotFound     Code = "not_found"    // no such thing, or not for this caller
	Conflict     Code = "conflict"     // the thing is there with other content, or has moved on
	Forbidden    Code = "forbidden"    // known caller, not allowed
	Unauthorised Code = "unauthorised" // unknown or no longer valid caller
	Unavailable  Code = "unavailable"  // a part is away; trying later may help
	Full         Code = "full"         // no room; nothing was written
	Unverified   Code = "unverified"   // a signature, digest or certificate did not check
	Internal     Code = "internal"     // a fault of ours; the log has the cause
)

// Error is a failure with a code for machines and a catalogue key for people. It never carries a patient's data: Params
// hold only values that may be logged.
type Error struct {
	Code      Code
	Field     string            // the field or setting at fault, "" if none
	Key       string            // key of the sentence in appliance/text, which names the remedy
	Params    map[string]string // values for the sentence's {placeholders}
	Transient bool              // trying the same thing again later may succeed
	Err       error             // the cause, for the log
}

// Error gives the machine form "code field key params: cause"; people are shown the sentence of Key instead.
func (e *Error) Error() string {
	parts := []string{string(e.Code)}
	if e.Field != "" {
		parts = append(parts, e.Field)
	}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	keys := make([]string, 0, len(e.Params))
	for k := range e.Params {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%s=%q", k, e.Params[k]))
	}
	text := strings.Join(parts, " ")
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// FieldError is an Invalid error of one field, with its sentence's key and pairs of placeholder and value.
func FieldError(field, key string, pairs ...string) *Error {
	return &Error{Code: Invalid, Field: field, Key: key, Params: params(pairs)}
}

// E makes an error of the given code and sentence around a cause (which may be nil), with pairs of placeholder and value.
func E(code Code, key string, cause error, pairs ...string) *Error {
	return &Error{Code: code, Key: key, Err: cause, Params: params(pairs), Transient: code == Unavailable}
}

// CodeOf gives the code of the outermost *Error in err's chain, Internal for any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

func params(pairs []string) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	if len(pairs)%2 != 0 {
		panic("appliance: placeholder without a value")
	}
	m := make(map[string]string, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
