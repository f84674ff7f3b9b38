package demo

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"dermbox/appliance"
)

// SignedReceipt is what stands in a receipt's envelope under the hub's signature, as far as the demonstration checks it.
type SignedReceipt struct {
	ManifestDigest string `json:"manifest_digest"`
	Hub            string `json:"hub"`
	Cases          []struct {
		ID      appliance.CaseID `json:"id"`
		Outcome string           `json:"outcome"`
	} `json:"cases"`
}

// ReadReceipt reads the payload of an envelope. It verifies nothing: that is done by dermboxctl on the same bytes.
func ReadReceipt(envelope []byte) (r SignedReceipt, err error) {
	var e struct {
		Payload string `json:"payload"`
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		return r, fmt.Errorf("the receipt's envelope: %w", err)
	}
	payload, err := base64.StdEncoding.DecodeString(e.Payload)
	if err == nil {
		err = json.Unmarshal(payload, &r)
	}
	if err != nil {
		return r, fmt.Errorf("the receipt's payload: %w", err)
	}
	return r, nil
}

// Answers says why the receipt is no proof that the hub has the case of the manifest with that digest; nil if it is.
func (r SignedReceipt) Answers(digest string, id appliance.CaseID) error {
	if r.ManifestDigest != digest {
		return fmt.Errorf("the hub signed for manifest %s, the box sent %s", r.ManifestDigest, digest)
	}
	for _, c := range r.Cases {
		if c.ID != id {
			continue
		}
		if !slices.Contains([]string{"accepted", "duplicate"}, c.Outcome) {
			return fmt.Errorf("the hub signed that the case is %q", c.Outcome)
		}
		return nil
	}
	return fmt.Errorf("the hub signed for %d cases, and this one is not among them", len(r.Cases))
}
