package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"dermbox/appliance"
	"dermbox/appliance/vault"
)

// sealedCase is what of a case goes into the sealed and blind columns of its row.
type sealedCase struct {
	body     []byte
	initials []byte
	nhs      []byte // nil without an NHS number
}

func (s *Store) sealCase(key *vault.CaseKey, c *appliance.Case) (sealedCase, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return sealedCase{}, fmt.Errorf("encode case: %w", err)
	}
	var out sealedCase
	if out.body, err = key.Seal("cases", "body", bodyRow(c.ID, c.Revision), plain); err != nil {
		return sealedCase{}, err
	}
	if out.initials, err = key.Seal("cases", "initials", string(c.ID), []byte(initials(c.Patient))); err != nil {
		return sealedCase{}, err
	}
	if c.Patient.NHSNumber != "" {
		out.nhs = s.nhsIndex(c.Patient.NHSNumber)
	}
	return out, nil
}

func openCase(key *vault.CaseKey, id appliance.CaseID, revision int64, body []byte) (*appliance.Case, error) {
	plain, err := key.Open("cases", "body", bodyRow(id, revision), body)
	if err != nil {
		return nil, appliance.E(appliance.Unverified, "storage.case.damaged", err)
	}
	c := &appliance.Case{}
	if err := json.Unmarshal(plain, c); err != nil || c.ID != id || c.Schema != appliance.CaseSchema {
		return nil, appliance.E(appliance.Unverified, "storage.case.damaged", nil) // the cause could quote the record
	}
	return c, nil
}

// bodyRow binds a body to its revision too: an older body of the same case does not open in a newer one's place.
func bodyRow(id appliance.CaseID, revision int64) string {
	return string(id) + "/" + strconv.FormatInt(revision, 10)
}

func (s *Store) nhsIndex(n appliance.NHSNumber) []byte {
	return s.vault.BlindIndex("cases.nhs_number", string(n))
}

func (s *Store) scanIndex(hash string) []byte { return s.vault.BlindIndex("scans.sha256", hash) }

// initials gives the patient's initials in capitals, given name first.
func initials(p appliance.Patient) string {
	var out []rune
	for _, name := range []string{p.GivenName, p.FamilyName} {
		if r, _ := utf8.DecodeRuneInString(name); r != utf8.RuneError {
			out = append(out, unicode.ToUpper(r))
		}
	}
	return string(out)
}

// nanos gives a time as its column has it, nil for the zero time.
func nanos(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// fromNanos gives a column's time back in UTC, the zero time for NULL.
func fromNanos(n *int64) time.Time {
	if n == nil {
		return time.Time{}
	}
	return time.Unix(0, *n).UTC()
}

func pointer(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
