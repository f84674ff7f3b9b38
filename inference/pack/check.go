package pack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dermbox/appliance"
	"dermbox/inference/preprocess"
)

var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	labelForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	opticsForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$`)
	sha256Form  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

var statuses = []Status{Simulation, Demonstration, Evaluation, Approved}

// Check gives an Invalid error "pack.manifest_value" that names the first field that breaks a rule of the manifest, its value
// and what it must be. A preparation of pictures that this version does not make is "pack.preprocessing".
func (m *Manifest) Check() error { return m.checkAll(true) }

func (m *Manifest) checkAll(members bool) error {
	checks := []func() error{
		m.checkIdentity, m.checkTimes, m.checkPreprocessing, m.checkInput, m.checkOutput, m.checkDistribution,
		m.checkClasses, m.checkHierarchy, m.checkOptics, m.checkPathways, m.checkDevice, m.checkTolerance, m.checkWords,
	}
	if members {
		checks = append(checks, m.checkMembers)
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manifest) checkIdentity() error {
	switch {
	case m.Schema != Schema:
		return bad("schema", m.Schema, Schema)
	case !idForm.MatchString(m.ID):
		return bad("id", m.ID, "lower-case letters, digits and hyphens, at most 64")
	case m.Version < 1:
		return bad("version", m.Version, "1 or more")
	case !line(m.Name, 200):
		return bad("name", m.Name, "one line of 1 to 200 bytes")
	case !slices.Contains(statuses, m.Status):
		return bad("status", m.Status, "one of "+joined(statuses))
	case !line(m.IntendedUse, 2000):
		return bad("intended_use", m.IntendedUse, "one line of 1 to 2000 bytes")
	}
	return nil
}

// checkTimes: what may be used on patients must be looked at again some day; a demonstration may last for ever.
func (m *Manifest) checkTimes() error {
	switch {
	case m.IssuedAt.IsZero():
		return bad("issued_at", "", "the time when the manifest was made")
	case m.ExpiresAt.IsZero() && (m.Status == Evaluation || m.Status == Approved):
		return bad("expires_at", "", "there for the status "+string(m.Status))
	case !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(m.IssuedAt):
		return bad("expires_at", m.ExpiresAt, "after issued_at")
	}
	return nil
}

func (m *Manifest) checkMembers() error {
	names := m.payload()
	if len(m.Members) != len(names) {
		return bad("members", len(m.Members), fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", ")))
	}
	for i, member := range m.Members {
		field, name := fmt.Sprintf("members[%d].", i), names[i]
		switch {
		case member.Name != name:
			return bad(field+"name", member.Name, name)
		case member.Size < 1 || member.Size > maxSize[name]:
			return bad(field+"size", member.Size, fmt.Sprintf("1 to %d bytes", maxSize[name]))
		case !sha256Form.MatchString(member.SHA256):
			return bad(field+"sha256", member.SHA256, "64 lower-case hexadecimal digits")
		}
	}
	return nil
}

func (m *Manifest) checkPreprocessing() error {
	if m.Preprocessing == preprocess.Version {
		return nil
	}
	return appliance.FieldError("preprocessing", "pack.preprocessing", "field", "preprocessing", "value", shown(m.Preprocessing),
		"known", preprocess.Version)
}

// checkInput is the input's own check; what it repeats of a foreign manifest is made fit to be shown.
func (m *Manifest) checkInput() error {
	err := m.Input.Check()
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return bad(e.Field, e.Params["value"], e.Params["must"])
	}
	return err
}

// line says whether s is one line of readable text of 1 to limit bytes: it is shown on screens and terminals.
func line(s string, limit int) bool { return s != "" && len(s) <= limit && readable(s, "") }

// readable says whether s is UTF-8 without control characters but those allowed.
func readable(s, allowed string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(allowed, r) })
}

func joined[S ~string](words []S) string {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = string(w)
	}
	return strings.Join(plain, ", ")
}

// shown is a foreign value as it may stand in a sentence: short, on one line, without control characters.
func shown(value any) string { return clipped(fmt.Sprint(value), 80) }

func clipped(text string, most int) string {
	more := ""
	if len(text) > most {
		text, more = text[:most], "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text) + more
}

// bad is the error of a field: the value that stands there and what must stand there.
func bad(field string, value any, must string) error {
	return appliance.FieldError(field, "pack.manifest_value", "field", field, "value", shown(value), "must", must)
}
