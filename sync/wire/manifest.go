package wire

import (
	"fmt"

	"dermbox/appliance"
)

// ManifestSchema is the version of a manifest; it may still grow until it is frozen.
const ManifestSchema = "dermbox.manifest/1"

// The roles of a part.
const (
	RoleCase  = "case"  // case.json, always a case's first part
	RoleImage = "image" // the camera's own bytes of one capture
)

// The media types of parts, by role.
const (
	MediaCase  = "application/json"
	MediaImage = "image/jpeg"
)

// Part is one file of a case.
type Part struct {
	SHA256    string              `json:"sha256"`               // lower-case hex, of the whole file
	Size      int64               `json:"size"`                 // bytes, 1 to MaxPartSize
	MediaType string              `json:"media_type"`           // MediaCase or MediaImage
	Role      string              `json:"role"`                 // RoleCase or RoleImage
	CaptureID appliance.CaptureID `json:"capture_id,omitempty"` // of an image; "" for case.json
}

// CaseEntry is one case of a batch. Its first part is case.json.
type CaseEntry struct {
	ID      appliance.CaseID `json:"id"`
	Version int              `json:"version"` // 1 at sign-off; an amendment counts up
	Urgent  bool             `json:"urgent"`
	Parts   []Part           `json:"parts"`
}

// Manifest is what a device offers: who it is, which cases it holds, and the digest of every byte that belongs to them.
// The device signs its exact bytes; Digest of those bytes names the batch on both sides for ever.
type Manifest struct {
	Schema    string          `json:"schema"` // ManifestSchema
	Trust     string          `json:"trust"`  // ODS code
	Site      string          `json:"site"`   // ODS code
	Device    string          `json:"device"`
	Epoch     string          `json:"epoch"`      // a new one after a restore: starts the chain anew
	Batch     uint64          `json:"batch"`      // from 1 up within the epoch
	Previous  string          `json:"previous"`   // digest of the epoch's previous offer, "" for its first
	CreatedAt appliance.Stamp `json:"created_at"` // by the device's clock, with its quality
	AuditHead string          `json:"audit_head"` // head of the device's audit chain, "" before its first row
	Cases     []CaseEntry     `json:"cases"`      // 1 to MaxCases, ids unique
}

// EncodeManifest gives the manifest's deterministic bytes, or an Invalid error naming the field at fault.
func EncodeManifest(m Manifest) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := encode("manifest", m)
	if err == nil && len(b) > MaxManifest {
		return nil, malformed("manifest", "cases", "too large: send fewer cases in one batch")
	}
	return b, err
}

// DecodeManifest reads a manifest strictly. Errors are *appliance.Error Invalid with the field at fault.
func DecodeManifest(b []byte) (Manifest, error) {
	var m Manifest
	if err := decode("manifest", b, MaxManifest, &m); err != nil {
		return Manifest{}, err
	}
	if err := m.check(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// Parts gives every part of every case once, case.json files first: small records travel before images.
func (m Manifest) Parts() []Part {
	var parts []Part
	seen := map[string]bool{}
	for _, role := range []string{RoleCase, RoleImage} {
		for _, c := range m.Cases {
			for _, p := range c.Parts {
				if p.Role == role && !seen[p.SHA256] {
					seen[p.SHA256] = true
					parts = append(parts, p)
				}
			}
		}
	}
	return parts
}

func (m Manifest) check() error {
	for _, rule := range []struct {
		field string
		ok    bool
	}{
		{"schema", m.Schema == ManifestSchema},
		{"trust", ValidCode(m.Trust)},
		{"site", ValidCode(m.Site)},
		{"device", ValidDevice(m.Device)},
		{"epoch", m.Epoch != "" && validToken(m.Epoch, 64)},
		{"batch", m.Batch >= 1 && m.Batch < 1<<53},
		{"previous", m.Previous == "" || ValidDigest(m.Previous)},
		{"created_at", validStamp(m.CreatedAt)},
		{"audit_head", validToken(m.AuditHead, 128)},
		{"cases", len(m.Cases) >= 1 && len(m.Cases) <= MaxCases},
	} {
		if !rule.ok {
			return malformed("manifest", rule.field, "missing or not of the right form")
		}
	}
	ids, sizes := map[appliance.CaseID]bool{}, map[string]int64{}
	for i, c := range m.Cases {
		if ids[c.ID] {
			return malformed("manifest", fmt.Sprintf("cases[%d].id", i), "the same case twice in one batch")
		}
		ids[c.ID] = true
		if field, ok := c.check(sizes); !ok {
			return malformed("manifest", fmt.Sprintf("cases[%d].%s", i, field), "missing or not of the right form")
		}
	}
	return nil
}

// check gives the first field that breaks a rule. Sizes collects the size that each digest was given: one digest cannot
// have two.
func (c CaseEntry) check(sizes map[string]int64) (field string, ok bool) {
	switch {
	case !appliance.ValidID(string(c.ID)):
		return "id", false
	case c.Version < 1 || c.Version > maxVersion:
		return "version", false
	case len(c.Parts) < 1 || len(c.Parts) > MaxParts:
		return "parts", false
	}
	captures := map[appliance.CaptureID]bool{}
	for i, p := range c.Parts {
		known, again := sizes[p.SHA256]
		sizes[p.SHA256] = p.Size
		if (p.Role == RoleCase) != (i == 0) || !p.valid() || captures[p.CaptureID] || again && known != p.Size {
			return fmt.Sprintf("parts[%d]", i), false
		}
		captures[p.CaptureID] = true
	}
	return "", true
}

func (p Part) valid() bool {
	if !ValidSum(p.SHA256) || p.Size < 1 {
		return false
	}
	switch p.Role {
	case RoleCase:
		return p.Size <= MaxCaseJSON && p.MediaType == MediaCase && p.CaptureID == ""
	case RoleImage:
		return p.Size <= MaxPartSize && p.MediaType == MediaImage && appliance.ValidID(string(p.CaptureID))
	}
	return false
}
