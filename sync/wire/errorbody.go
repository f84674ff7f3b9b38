package wire

import (
	"net/http"

	"dermbox/appliance"
)

// ErrorBody is the JSON body of every answer that is not 2xx.
type ErrorBody struct {
	Code              ErrorCode          `json:"code"`
	Message           string             `json:"message"`                       // one sentence for people, without patient data
	Permanent         bool               `json:"permanent"`                     // the same request will be refused again
	RetryAfterSeconds int                `json:"retry_after_seconds,omitempty"` // not before; 0 leaves it to the device
	Cases             []appliance.CaseID `json:"cases,omitempty"`               // the cases at fault, of CaseConflict
}

// NewError gives the body of a code with its sentence.
func NewError(code ErrorCode, message string) ErrorBody {
	m, ok := code.Means()
	return ErrorBody{Code: code, Message: message, Permanent: ok && m.Permanent}
}

// EncodeError gives the body's deterministic bytes.
func EncodeError(b ErrorBody) ([]byte, error) { return encode("error", b) }

// DecodeError reads an error body strictly; what is not one did not come from a hub.
func DecodeError(b []byte) (ErrorBody, error) {
	var e ErrorBody
	if err := decode("error", b, MaxMessage, &e); err != nil {
		return ErrorBody{}, err
	}
	switch {
	case !validCodeWord(e.Code):
		return ErrorBody{}, malformed("error", "code", "missing or not of the right form")
	case !validText(e.Message, 500):
		return ErrorBody{}, malformed("error", "message", "not of the right form")
	case e.RetryAfterSeconds < 0 || e.RetryAfterSeconds > maxErrorSeconds:
		return ErrorBody{}, malformed("error", "retry_after_seconds", "out of range")
	case len(e.Cases) > MaxCases:
		return ErrorBody{}, malformed("error", "cases", "too many")
	}
	for _, id := range e.Cases {
		if !appliance.ValidID(string(id)) {
			return ErrorBody{}, malformed("error", "cases", "not of the right form")
		}
	}
	return e, nil
}

// Who gives who must act on the refusal; IT for a permanent code that this version does not know.
func (b ErrorBody) Who() Who {
	if m, ok := b.Code.Means(); ok {
		return m.Who
	}
	if b.Permanent {
		return IT
	}
	return Nobody
}

// Err gives the refusal as an *appliance.Error. Its sentence is the catalogue's "sync.wire.code." + code, or
// "sync.wire.code_unknown" with the code, never the hub's own words; Transient is the opposite of Permanent.
func (b ErrorBody) Err() error {
	e := &appliance.Error{Code: appliance.Internal, Key: "sync.wire.code_unknown",
		Params: map[string]string{"code": string(b.Code)}, Transient: !b.Permanent}
	m, ok := b.Code.Means()
	if !ok {
		return e
	}
	e.Key = "sync.wire.code." + string(b.Code)
	e.Code = codeOfStatus(m.Status)
	return e
}

func codeOfStatus(status int) appliance.Code {
	switch status {
	case http.StatusUnauthorized:
		return appliance.Unauthorised
	case http.StatusForbidden, http.StatusGone:
		return appliance.Forbidden
	case http.StatusNotFound:
		return appliance.NotFound
	case http.StatusConflict:
		return appliance.Conflict
	case http.StatusInsufficientStorage:
		return appliance.Full
	case http.StatusTooManyRequests:
		return appliance.Unavailable
	case http.StatusInternalServerError:
		return appliance.Internal
	}
	return appliance.Invalid
}
