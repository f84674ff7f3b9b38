// Package answer writes the hub's answers to devices: every one says which protocol it speaks, and every refusal is a
// wire.ErrorBody whose code comes from the error's catalogue key.
package answer

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/wire"
)

const codeKey = "sync.wire.code."

// Refusal is the error of a wire code; Write turns it into that code's answer.
func Refusal(code wire.ErrorCode, cause error) error {
	body := wire.NewError(code, "")
	err := body.Err()
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		e.Err = cause
	}
	return err
}

// Key is the catalogue's key of a code, which a Refusal carries.
func Key(code wire.ErrorCode) string { return codeKey + string(code) }

// Conflict is the refusal of an offer whose named cases the hub holds with other content.
type Conflict struct{ Cases []appliance.CaseID }

// Error is the machine form; it holds no patient data.
func (c *Conflict) Error() string {
	return strconv.Itoa(len(c.Cases)) + " cases are held with other content"
}

// Mark makes every answer of the handler a hub's answer, none of them cacheable, and refuses other versions of the protocol.
func Mark(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(wire.HeaderProtocol, wire.Protocol)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		// Whatever handles the request has this long to read it, unless it sets a deadline of its own.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime))
		if v := r.Header.Get(wire.HeaderProtocol); v != "" && v != wire.Protocol {
			Write(w, r, log, Refusal(wire.CodeProtocol, nil))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// JSON answers with v and status 200.
func JSON(w http.ResponseWriter, r *http.Request, log *slog.Logger, v any) {
	b, err := wire.Encode(v)
	if err != nil {
		Write(w, r, log, err)
		return
	}
	send(w, http.StatusOK, b)
}

// Write answers with the refusal that err stands for. What has no code is "internal" for the device and whole in the log.
func Write(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	code := codeOf(err)
	body := wire.NewError(code, text.T(codeKey+string(code), nil))
	if conflict, ok := errors.AsType[*Conflict](err); ok {
		body.Cases = conflict.Cases
	}
	meaning, _ := code.Means()
	switch code {
	case wire.CodeFull, wire.CodeInternal:
		body.RetryAfterSeconds = 60
		log.ErrorContext(r.Context(), "a device's request failed", "code", string(code), "error", err)
	case wire.CodeBusy:
		body.RetryAfterSeconds = 5
	default:
		log.InfoContext(r.Context(), "a device's request was refused", "code", string(code), "method", r.Method)
	}
	if body.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(body.RetryAfterSeconds))
	}
	b, err := wire.EncodeError(body)
	if err != nil {
		log.ErrorContext(r.Context(), "an error cannot be encoded", "error", err)
	}
	send(w, meaning.Status, b)
}

func send(w http.ResponseWriter, status int, b []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away learns the answer when it asks again
}

func codeOf(err error) wire.ErrorCode {
	if _, ok := errors.AsType[*Conflict](err); ok {
		return wire.CaseConflict
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return wire.CodeTooLarge
	}
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok {
		return wire.CodeInternal
	}
	if name, found := strings.CutPrefix(e.Key, codeKey); found {
		code := wire.ErrorCode(name)
		if m, known := code.Means(); known && m.Status != 0 {
			return code
		}
	}
	switch e.Code {
	case appliance.Invalid:
		return wire.CodeMalformed
	case appliance.Full:
		return wire.CodeFull
	case appliance.Unavailable:
		return wire.CodeBusy
	}
	return wire.CodeInternal
}

// Times that a device has for whole messages other than parts, whatever speed it chooses.
const (
	readTime  = 60 * time.Second
	writeTime = 60 * time.Second
)

// Body reads a request's body of at most limit bytes within a minute.
func Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime)) // a recorder in a test has none
	var b bytes.Buffer
	if _, err := io.Copy(&b, http.MaxBytesReader(w, r.Body, limit)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, err
		}
		return nil, Refusal(wire.CodeMalformed, errors.New("the body ended early"))
	}
	return b.Bytes(), nil
}
