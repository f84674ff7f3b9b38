package appliance_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"dermbox/appliance"
)

func TestErrorText(t *testing.T) {
	for want, err := range map[string]error{
		"invalid birth_date error.date.impossible":                     appliance.FieldError("birth_date", "error.date.impossible"),
		`full error.disk free="2 MB" need="9 MB": file does not exist`: appliance.E(appliance.Full, "error.disk", fs.ErrNotExist, "need", "9 MB", "free", "2 MB"),
		`unavailable error.camera`:                                     appliance.E(appliance.Unavailable, "error.camera", nil),
		"open the store: not_found error.case":                         fmt.Errorf("open the store: %w", appliance.E(appliance.NotFound, "error.case", nil)),
		`invalid site.code config.form value="x\ny"`:                   appliance.FieldError("site.code", "config.form", "value", "x\ny"),
	} {
		if got := err.Error(); got != want {
			t.Errorf("text %q, want %q", got, want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	full := appliance.E(appliance.Full, "error.disk", fs.ErrNotExist)
	for _, c := range []struct {
		name string
		err  error
		want appliance.Code
	}{
		{"none", nil, ""},
		{"foreign", errors.New("x"), appliance.Internal},
		{"ours", full, appliance.Full},
		{"wrapped", fmt.Errorf("keep: %w", full), appliance.Full},
		{"outermost counts", appliance.E(appliance.Unavailable, "error.store", full), appliance.Unavailable},
		{"joined", errors.Join(errors.New("x"), full), appliance.Full},
	} {
		if got := appliance.CodeOf(c.err); got != c.want {
			t.Errorf("%s: code %q, want %q", c.name, got, c.want)
		}
	}
	if !errors.Is(full, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
}

func TestOnlyUnavailableIsTransient(t *testing.T) {
	for _, code := range []appliance.Code{appliance.Invalid, appliance.NotFound, appliance.Conflict, appliance.Forbidden,
		appliance.Unauthorised, appliance.Unavailable, appliance.Full, appliance.Unverified, appliance.Internal} {
		if got := appliance.E(code, "k", nil).Transient; got != (code == appliance.Unavailable) {
			t.Errorf("%s is transient: %v", code, got)
		}
	}
}

func TestPlaceholderWithoutValueIsAFault(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("accepted")
		}
	}()
	appliance.FieldError("f", "k", "name")
}
