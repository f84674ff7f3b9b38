package client

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"dermbox/sync/wire"
)

// Refused is the hub's own word that it did not do what was asked; a failure to reach the hub is never one. It unwraps to
// the *appliance.Error of its code.
type Refused struct {
	Status     int // HTTP
	Body       wire.ErrorBody
	RetryAfter time.Duration // not before; 0 leaves it to the device
}

// Error gives status and code; the hub's sentence stays out of logs and screens.
func (r *Refused) Error() string { return fmt.Sprintf("the hub refused: %d %s", r.Status, r.Body.Code) }

// Unwrap gives the *appliance.Error of the code.
func (r *Refused) Unwrap() error { return r.Body.Err() }

// maxRetryAfter is the longest wait that a hub may ask for.
const maxRetryAfter = 24 * time.Hour

// refused reads an answer that is not 2xx. An answer to HEAD has no body, and a proxy inside the hub's own front may cut
// it off: then the status alone speaks.
func refused(resp *http.Response, body []byte, now time.Time) *Refused {
	r := &Refused{Status: resp.StatusCode}
	parsed, err := wire.DecodeError(body)
	if err != nil {
		parsed = wire.NewError(codeOf(resp.StatusCode), "")
	}
	r.Body = parsed
	r.RetryAfter = max(time.Duration(parsed.RetryAfterSeconds)*time.Second, retryAfter(resp.Header.Get("Retry-After"), now))
	r.RetryAfter = min(r.RetryAfter, maxRetryAfter)
	return r
}

func codeOf(status int) wire.ErrorCode {
	switch status {
	case http.StatusBadRequest:
		return wire.CodeMalformed
	case http.StatusUnauthorized:
		return wire.CodeNoCertificate
	case http.StatusForbidden:
		return wire.CodeDeviceUnknown
	case http.StatusNotFound:
		return wire.CodeUnknownPart
	case http.StatusConflict:
		return wire.CodeOffset
	case http.StatusRequestEntityTooLarge:
		return wire.CodeTooLarge
	case http.StatusUpgradeRequired:
		return wire.CodeProtocol
	case http.StatusUnprocessableEntity:
		return wire.CodeHashMismatch
	case http.StatusInsufficientStorage:
		return wire.CodeFull
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return wire.CodeBusy
	}
	return wire.CodeInternal
}

// retryAfter reads the header in both its forms (RFC 9110, 10.2.3): seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
