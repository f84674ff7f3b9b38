package wire

import (
	"fmt"
	"time"

	"dermbox/appliance"
)

// ReceiptSchema is the version of a receipt; it may still grow until it is frozen.
const ReceiptSchema = "dermbox.receipt/1"

// Outcome is what became of one case of a batch.
type Outcome string

// The outcomes. Accepted and duplicate both mean that the hub holds the case durably.
const (
	Accepted  Outcome = "accepted"
	Duplicate Outcome = "duplicate" // the hub had the same case with the same content already
	Rejected  Outcome = "rejected"  // for good, with a Code: a person must act
)

// CaseResult is the hub's word on one case of a batch.
type CaseResult struct {
	ID      appliance.CaseID `json:"id"`
	Version int              `json:"version"`
	Outcome Outcome          `json:"outcome"`
	Code    ErrorCode        `json:"code,omitempty"`    // of a rejected case, one of the Case* codes
	Message string           `json:"message,omitempty"` // one sentence for people, without patient data
}

// ReceiptPayload is what the hub signs when a batch is committed: it holds every accepted and duplicate case durably.
type ReceiptPayload struct {
	Schema         string       `json:"schema"`          // ReceiptSchema
	ManifestDigest string       `json:"manifest_digest"` // Digest of the signed manifest's exact bytes
	Trust          string       `json:"trust"`
	Site           string       `json:"site"`
	Device         string       `json:"device"`
	Batch          uint64       `json:"batch"`
	Hub            string       `json:"hub"`       // the hub's name
	IssuedAt       time.Time    `json:"issued_at"` // by the hub's clock, UTC
	Cases          []CaseResult `json:"cases"`     // in the manifest's order
}

// EncodeReceipt gives the receipt's deterministic bytes, or an Invalid error naming the field at fault.
func EncodeReceipt(r ReceiptPayload) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	return encode("receipt", r)
}

// DecodeReceipt reads a receipt strictly. Errors are *appliance.Error Invalid with the field at fault.
func DecodeReceipt(b []byte) (ReceiptPayload, error) {
	var r ReceiptPayload
	if err := decode("receipt", b, MaxReceipt, &r); err != nil {
		return ReceiptPayload{}, err
	}
	if err := r.check(); err != nil {
		return ReceiptPayload{}, err
	}
	return r, nil
}

// Answers says whether the receipt is the answer to the manifest of that digest: same batch of the same device, and one
// result for each of its cases in its order. A receipt that does not is no proof of anything.
func (r ReceiptPayload) Answers(m Manifest, digest string) bool {
	if r.ManifestDigest != digest || r.Trust != m.Trust || r.Site != m.Site || r.Device != m.Device ||
		r.Batch != m.Batch || len(r.Cases) != len(m.Cases) {
		return false
	}
	for i, c := range r.Cases {
		if c.ID != m.Cases[i].ID || c.Version != m.Cases[i].Version {
			return false
		}
	}
	return true
}

func (r ReceiptPayload) check() error {
	for _, rule := range []struct {
		field string
		ok    bool
	}{
		{"schema", r.Schema == ReceiptSchema},
		{"manifest_digest", ValidDigest(r.ManifestDigest)},
		{"trust", ValidCode(r.Trust)},
		{"site", ValidCode(r.Site)},
		{"device", ValidDevice(r.Device)},
		{"batch", r.Batch >= 1 && r.Batch < 1<<53},
		{"hub", r.Hub != "" && validText(r.Hub, 253)},
		{"issued_at", validTime(r.IssuedAt)},
		{"cases", len(r.Cases) >= 1 && len(r.Cases) <= MaxCases},
	} {
		if !rule.ok {
			return malformed("receipt", rule.field, "missing or not of the right form")
		}
	}
	for i, c := range r.Cases {
		if !c.valid() {
			return malformed("receipt", fmt.Sprintf("cases[%d]", i), "missing or not of the right form")
		}
	}
	return nil
}

func (c CaseResult) valid() bool {
	if !appliance.ValidID(string(c.ID)) || c.Version < 1 || c.Version > maxVersion || !validText(c.Message, 500) {
		return false
	}
	switch c.Outcome {
	case Accepted, Duplicate:
		return c.Code == ""
	case Rejected:
		return validCodeWord(c.Code)
	}
	return false
}
