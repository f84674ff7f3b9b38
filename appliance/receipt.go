package appliance

import "time"

// Receipt is the hub's signed word that it holds a batch durably, as the device keeps it after verifying it. Only a
// verified receipt lets a case be shown as received by the trust.
type Receipt struct {
	ManifestDigest string    `json:"manifest_digest"` // "sha256:..." of the signed manifest's exact bytes
	Batch          uint64    `json:"batch"`
	Hub            string    `json:"hub"`    // the hub's name
	KeyID          string    `json:"key_id"` // of the hub's receipt key
	IssuedAt       time.Time `json:"issued_at"`
	Envelope       []byte    `json:"-"` // the DSSE envelope's exact bytes, kept for proof
}
