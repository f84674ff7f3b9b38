package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"dermbox/appliance"
)

// malformed is the error of every decoder: what was being read, which field broke the rule, and the rule for the log. It
// never carries the field's value, which may be a patient's.
func malformed(what, field, rule string) error {
	e := appliance.E(appliance.Invalid, "sync.wire.malformed", errors.New(rule), "what", what, "field", field)
	e.Field = field
	return e
}

// encode gives v's deterministic JSON.
func encode(what string, v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, malformed(what, "", "cannot be encoded: "+shape(err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads exactly one JSON value of at most limit bytes into v, with no unknown and no doubled field.
func decode(what string, b []byte, limit int, v any) error {
	if len(b) > limit {
		return malformed(what, "", fmt.Sprintf("%d bytes, limit %d", len(b), limit))
	}
	if err := walk(json.NewDecoder(bytes.NewReader(b)), 0); err != nil {
		return malformed(what, "", shape(err))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return malformed(what, fieldOf(err), shape(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformed(what, "", "more than one JSON value")
	}
	return nil
}

// walk refuses what encoding/json lets pass and another reader might understand otherwise: a name given twice in one
// object, also in other letter case, and values nested without bound.
func walk(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deep")
	}
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			folded := strings.ToLower(name.(string))
			if seen[folded] {
				return errors.New("a field is given twice")
			}
			seen[folded] = true
		}
		if err := walk(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// shape gives a decoding error without the value that caused it.
func shape(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "wrong type for " + e.Type.String()
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("not JSON from byte %d", e.Offset)
	}
	if strings.HasPrefix(err.Error(), "json: unknown field") {
		return "a field that this version does not know"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "cut short"
	}
	if err.Error() == "nested too deep" || err.Error() == "a field is given twice" {
		return err.Error()
	}
	return "not of the right form"
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return e.Field
	}
	return ""
}
