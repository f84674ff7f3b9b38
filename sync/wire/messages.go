package wire

import (
	"encoding/json"
	"time"

	"dermbox/appliance"
)

// OfferRequest is the body of POST PathBatches.
type OfferRequest struct {
	Envelope json.RawMessage `json:"envelope"` // DSSE over a manifest's exact bytes, signed by the client certificate's key
}

// OfferAnswer says what the hub lacks of an offered batch. The same offer again gives the answer of the present state.
type OfferAnswer struct {
	Digest    string   `json:"digest"`    // of the manifest, as the hub computed it
	Missing   []string `json:"missing"`   // SHA-256 in hex of the parts to send, in the order to send them; never null
	Committed bool     `json:"committed"` // committed before: ask for the receipt by committing again
}

// CommitAnswer is the answer to POST CommitPath. The same commit again gives the same bytes.
type CommitAnswer struct {
	Receipt json.RawMessage `json:"receipt"` // DSSE over a ReceiptPayload, signed by the hub's receipt key
}

// ReconcileCase is one case as the hub holds it.
type ReconcileCase struct {
	ID             appliance.CaseID `json:"id"`
	Version        int              `json:"version"`
	ManifestDigest string           `json:"manifest_digest"` // of the batch that it was accepted from
	Parts          []Part           `json:"parts"`
	ReceivedAt     time.Time        `json:"received_at"` // UTC
}

// ReconcileAnswer is a page of what the hub holds of the asking device, oldest first.
type ReconcileAnswer struct {
	Cases []ReconcileCase `json:"cases"` // at most MaxReconcile; never null
	Next  string          `json:"next"`  // to give as after= for the next page; "" at the end
}

// TimeSchema is the version of a TimePayload.
const TimeSchema = "dermbox.time/1"

// TimeAnswer is the answer to GET PathTime?nonce=N.
type TimeAnswer struct {
	Envelope json.RawMessage `json:"envelope"` // DSSE of kind receipt over a TimePayload: one role, told apart by schema
}

// TimePayload is the hub's word on the time. It carries no patient data: a device whose clock is wrong may ask for it over a
// connection of which only validity dates fail.
type TimePayload struct {
	Schema string    `json:"schema"` // TimeSchema
	Hub    string    `json:"hub"`
	Now    time.Time `json:"now"`   // UTC
	Nonce  string    `json:"nonce"` // the asker's, 16 to 64 hex digits: an old answer cannot be played again
}

// ValidNonce says whether s may be the nonce of a question for the time.
func ValidNonce(s string) bool {
	return len(s) >= 16 && len(s) <= 64 && validToken(s, 64)
}

// EncodeTime gives the payload's deterministic bytes.
func EncodeTime(t TimePayload) ([]byte, error) { return encode("time", t) }

// DecodeTime reads a time payload strictly.
func DecodeTime(b []byte) (TimePayload, error) {
	var t TimePayload
	if err := decode("time", b, MaxMessage, &t); err != nil {
		return TimePayload{}, err
	}
	if t.Schema != TimeSchema || !validTime(t.Now) || !ValidNonce(t.Nonce) || t.Hub == "" || !validText(t.Hub, 253) {
		return TimePayload{}, malformed("time", "", "missing or not of the right form")
	}
	return t, nil
}

// EncodeOffer gives the request's bytes.
func EncodeOffer(envelope []byte) ([]byte, error) {
	return encode("offer", OfferRequest{Envelope: envelope})
}

// DecodeOffer reads an offer strictly; the envelope inside is looked at by appliance/signed.
func DecodeOffer(b []byte) (OfferRequest, error) {
	var r OfferRequest
	err := decode("offer", b, MaxMessage, &r)
	if err == nil && len(r.Envelope) == 0 {
		err = malformed("offer", "envelope", "missing")
	}
	return r, err
}

// DecodeOfferAnswer reads the answer to an offer strictly.
func DecodeOfferAnswer(b []byte) (OfferAnswer, error) {
	var a OfferAnswer
	if err := decode("offer answer", b, MaxMessage, &a); err != nil {
		return OfferAnswer{}, err
	}
	if !ValidDigest(a.Digest) || a.Missing == nil || len(a.Missing) > MaxCases*MaxParts {
		return OfferAnswer{}, malformed("offer answer", "", "missing or not of the right form")
	}
	for _, sum := range a.Missing {
		if !ValidSum(sum) {
			return OfferAnswer{}, malformed("offer answer", "missing", "not of the right form")
		}
	}
	return a, nil
}

// DecodeCommitAnswer reads the answer to a commit strictly; the receipt inside is verified by appliance/signed.
func DecodeCommitAnswer(b []byte) (CommitAnswer, error) {
	var a CommitAnswer
	err := decode("commit answer", b, MaxMessage, &a)
	if err == nil && len(a.Receipt) == 0 {
		err = malformed("commit answer", "receipt", "missing")
	}
	return a, err
}

// DecodeTimeAnswer reads the answer to PathTime strictly; the envelope inside is verified by appliance/signed.
func DecodeTimeAnswer(b []byte) (TimeAnswer, error) {
	var a TimeAnswer
	err := decode("time answer", b, MaxMessage, &a)
	if err == nil && len(a.Envelope) == 0 {
		err = malformed("time answer", "envelope", "missing")
	}
	return a, err
}

// DecodeReconcile reads a page of a reconcile strictly.
func DecodeReconcile(b []byte) (ReconcileAnswer, error) {
	var a ReconcileAnswer
	if err := decode("reconcile answer", b, MaxMessage, &a); err != nil {
		return ReconcileAnswer{}, err
	}
	if a.Cases == nil || len(a.Cases) > MaxReconcile || !validToken(a.Next, 64) {
		return ReconcileAnswer{}, malformed("reconcile answer", "", "missing or not of the right form")
	}
	for _, c := range a.Cases {
		entry := CaseEntry{ID: c.ID, Version: c.Version, Parts: c.Parts}
		if _, ok := entry.check(map[string]int64{}); !ok || !ValidDigest(c.ManifestDigest) || !validTime(c.ReceivedAt) {
			return ReconcileAnswer{}, malformed("reconcile answer", "cases", "not of the right form")
		}
	}
	return a, nil
}
