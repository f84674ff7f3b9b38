package wire

import (
	"fmt"

	"dermbox/appliance"
)

// CaseJSON gives the deterministic bytes of case.json: the first part of the case on the wire. Errors are
// *appliance.Error Invalid and name the field, never its value.
func CaseJSON(c *appliance.Case) ([]byte, error) {
	if err := checkCase(c); err != nil {
		return nil, err
	}
	b, err := encode("case", c)
	if err == nil && len(b) > MaxCaseJSON {
		return nil, malformed("case", "", "too large")
	}
	return b, err
}

// DecodeCase reads case.json strictly. It checks the shape only; whether site, device and patient fit is the hub's
// question at the commit.
func DecodeCase(b []byte) (*appliance.Case, error) {
	var c appliance.Case
	if err := decode("case", b, MaxCaseJSON, &c); err != nil {
		return nil, err
	}
	if err := checkCase(&c); err != nil {
		return nil, err
	}
	return &c, nil
}

func checkCase(c *appliance.Case) error {
	switch {
	case c == nil:
		return malformed("case", "", "missing")
	case c.Schema != appliance.CaseSchema:
		return malformed("case", "schema", "not "+appliance.CaseSchema)
	case !appliance.ValidID(string(c.ID)):
		return malformed("case", "id", "not of the right form")
	case c.Version < 1 || c.Version > maxVersion:
		return malformed("case", "version", "out of range")
	case len(c.Captures) > MaxParts-1:
		return malformed("case", "captures", "too many")
	}
	lesions := map[appliance.LesionID]bool{}
	for i, l := range c.Lesions {
		if !appliance.ValidID(string(l.ID)) || lesions[l.ID] {
			return malformed("case", fmt.Sprintf("lesions[%d].id", i), "not of the right form, or twice")
		}
		lesions[l.ID] = true
	}
	for i, f := range c.Findings {
		if !lesions[f.LesionID] {
			return malformed("case", fmt.Sprintf("findings[%d].lesion_id", i), "no such lesion")
		}
	}
	return checkCaptures(c, lesions)
}

func checkCaptures(c *appliance.Case, lesions map[appliance.LesionID]bool) error {
	captures := map[appliance.CaptureID]bool{}
	for i, p := range c.Captures {
		field := ""
		switch {
		case !appliance.ValidID(string(p.ID)) || captures[p.ID]:
			field = "id"
		case p.LesionID != "" && !lesions[p.LesionID]: // a regional view may belong to no single lesion
			field = "lesion_id"
		case !ValidSum(p.SHA256):
			field = "sha256"
		case p.Size < 1 || p.Size > MaxPartSize:
			field = "size"
		case p.MediaType != MediaImage:
			field = "media_type"
		}
		if field != "" {
			return malformed("case", fmt.Sprintf("captures[%d].%s", i, field), "not of the right form, or twice")
		}
		captures[p.ID] = true
	}
	return nil
}

// EntryOf gives the case's line in a manifest: case.json, whose bytes are caseJSON, then its images in the case's order.
func EntryOf(c *appliance.Case, caseJSON []byte, urgent bool) CaseEntry {
	entry := CaseEntry{ID: c.ID, Version: c.Version, Urgent: urgent, Parts: []Part{{
		SHA256: HexSum(caseJSON), Size: int64(len(caseJSON)), MediaType: MediaCase, Role: RoleCase,
	}}}
	for _, p := range c.Captures {
		entry.Parts = append(entry.Parts, Part{
			SHA256: p.SHA256, Size: p.Size, MediaType: p.MediaType, Role: RoleImage, CaptureID: p.ID,
		})
	}
	return entry
}
