package signed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON that Unmarshal reads; dermbox's own data stays under ten.
const maxDepth = 64

// Unmarshal reads one JSON value of unknown origin strictly: valid UTF-8, no unknown field, no key twice in one object
// (letter case aside, because encoding/json matches fields so), nothing after the value, nesting of at most 64. Signed
// data must mean the same to every reader, and a second "id" would not. The caller caps the size.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("json: not UTF-8")
	}
	if err := checkKeys(data); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return named(dec.Decode(v))
}

// named has an error begin with "json: ", once: of those of encoding/json only some do.
func named(err error) error {
	if err == nil || strings.HasPrefix(err.Error(), "json: ") {
		return err
	}
	return fmt.Errorf("json: %w", err)
}

// checkKeys walks the tokens once and refuses repeated keys, deep nesting and trailing data.
func checkKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := walk(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("json: data after the value")
	}
	return nil
}

func walk(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("json: nested too deep")
	}
	token, err := dec.Token()
	if err != nil {
		return named(err)
	}
	switch token {
	case json.Delim('{'):
		return walkObject(dec, depth)
	case json.Delim('['):
		for dec.More() {
			if err := walk(dec, depth+1); err != nil {
				return err
			}
		}
		return closing(dec)
	}
	return nil
}

func walkObject(dec *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return named(err)
		}
		name, _ := token.(string)
		folded := strings.ToLower(strings.ToUpper(name))
		if seen[folded] {
			return errors.New("json: a key stands twice in one object")
		}
		seen[folded] = true
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	return closing(dec)
}

func closing(dec *json.Decoder) error {
	_, err := dec.Token()
	return named(err)
}
