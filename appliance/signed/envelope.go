package signed

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"dermbox/appliance"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// MaxEnvelope is the largest envelope that Sign makes and Verify reads, in bytes.
const MaxEnvelope = 8 << 20

// Keys says which public keys are trusted for a kind. Safe for concurrent use; an empty list means that nobody is.
type Keys interface {
	Verifiers(ctx context.Context, kind Kind) ([]dsse.Verifier, error)
}

// Verified is what a checked envelope holds.
type Verified struct {
	Payload []byte // the exact bytes that were signed
	KeyID   string // of the key that signed them
	Digest  string // "sha256:" and the hex SHA-256 of Payload
}

// keyIDForm is the form of KeyID; an envelope's claim is repeated to people only when it has it.
var keyIDForm = regexp.MustCompile(`^(ed25519|p256):[0-9a-f]{16}$`)

// Sign wraps payload's exact bytes in an envelope of the kind, signed by s. It does not look into the payload. The error
// is *appliance.Error Invalid for an unknown kind or too large a payload.
func Sign(ctx context.Context, kind Kind, payload []byte, s Signer) ([]byte, error) {
	if !kind.Known() {
		return nil, appliance.FieldError("kind", "signed.unknown_kind", "kind", string(kind))
	}
	if base64.StdEncoding.EncodedLen(len(payload)) > MaxEnvelope-1024 {
		return nil, appliance.E(appliance.Invalid, "signed.too_large", nil, "limit_mib", fmt.Sprint(MaxEnvelope>>20))
	}
	es, err := dsse.NewEnvelopeSigner(dsseSigner{s})
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", kind, err)
	}
	envelope, err := es.SignPayload(ctx, PayloadType(kind), payload)
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", kind, err)
	}
	return json.Marshal(envelope)
}

// dsseSigner gives a Signer the shape that the DSSE library asks for.
type dsseSigner struct{ s Signer }

func (d dsseSigner) Sign(ctx context.Context, data []byte) ([]byte, error) {
	return d.s.Sign(ctx, data)
}
func (d dsseSigner) KeyID() (string, error) { return d.s.KeyID(), nil }

// Verify checks that envelope is of the kind and signed by a key that keys trusts for it, and gives the signed bytes.
// Every refusal is an *appliance.Error Unverified with a key of its own: signed.too_large, signed.malformed,
// signed.wrong_kind, signed.unknown_key, signed.bad_signature.
func Verify(ctx context.Context, kind Kind, envelope []byte, keys Keys) (Verified, error) {
	e, err := parse(envelope)
	if err != nil {
		return Verified{}, err
	}
	if e.PayloadType != PayloadType(kind) {
		return Verified{}, refuse("signed.wrong_kind", nil, "want", string(kind), "got", printableKind(e.PayloadType))
	}
	verifiers, err := keys.Verifiers(ctx, kind)
	if err != nil {
		return Verified{}, fmt.Errorf("keys for %s: %w", kind, err)
	}
	id := e.Signatures[0].KeyID
	named := byID(verifiers, id)
	if len(named) == 0 {
		return Verified{}, refuse("signed.unknown_key", nil, "kind", string(kind), "key", printableID(id))
	}
	ev, err := dsse.NewEnvelopeVerifier(named...)
	if err != nil {
		return Verified{}, fmt.Errorf("verifying %s: %w", kind, err)
	}
	accepted, err := ev.Verify(ctx, e)
	if err != nil || len(accepted) != 1 {
		if ctx.Err() != nil {
			return Verified{}, ctx.Err()
		}
		return Verified{}, refuse("signed.bad_signature", err, "kind", string(kind), "key", id)
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		return Verified{}, refuse("signed.malformed", err)
	}
	return Verified{Payload: payload, KeyID: accepted[0].KeyID, Digest: Digest(payload)}, nil
}

// KindOf gives the kind that an envelope claims to be, unverified: to choose what to verify it as, never to trust it.
func KindOf(envelope []byte) (Kind, error) {
	e, err := parse(envelope)
	if err != nil {
		return "", err
	}
	k := kindOf(e.PayloadType)
	if k == "" {
		return "", refuse("signed.wrong_kind", nil, "want", "dermbox", "got", printableKind(e.PayloadType))
	}
	return k, nil
}

// Digest gives "sha256:" and the lower-case hex SHA-256 of b.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// parse reads an envelope strictly: sizes, known fields once each, one signature, canonical base64.
func parse(raw []byte) (*dsse.Envelope, error) {
	if len(raw) > MaxEnvelope {
		return nil, refuse("signed.too_large", nil, "limit_mib", fmt.Sprint(MaxEnvelope>>20))
	}
	var e dsse.Envelope
	if err := Unmarshal(raw, &e); err != nil {
		return nil, refuse("signed.malformed", err)
	}
	if n := len(e.Signatures); n != 1 {
		return nil, refuse("signed.malformed", fmt.Errorf("%d signatures, want exactly one", n))
	}
	if !canonical(e.Payload) || e.Signatures[0].Sig == "" || !canonical(e.Signatures[0].Sig) {
		return nil, refuse("signed.malformed", errors.New("payload or signature is not canonical base64"))
	}
	return &e, nil
}

// canonical says whether s is standard, padded base64 with no bit to spare. The library would also take other spellings of
// the same bytes, and then one changed byte would not show.
func canonical(s string) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && base64.StdEncoding.EncodeToString(b) == s
}

func byID(all []dsse.Verifier, id string) []dsse.Verifier {
	for _, v := range all {
		if got, err := v.KeyID(); err == nil && got == id && id != "" {
			return []dsse.Verifier{v}
		}
	}
	return nil
}

func refuse(key string, cause error, pairs ...string) error {
	return appliance.E(appliance.Unverified, key, cause, pairs...)
}

// printableKind and printableID keep text of unknown origin out of sentences and logs.
func printableKind(payloadType string) string {
	if k := kindOf(payloadType); k != "" {
		return string(k)
	}
	return "unknown"
}

func printableID(id string) string {
	if keyIDForm.MatchString(id) {
		return id
	}
	return "unknown"
}

// OwnPayload gives the bytes inside an envelope without verifying them: for envelopes that the caller signed and kept
// itself, never for anything received.
func OwnPayload(envelope []byte) ([]byte, error) {
	e, err := parse(envelope)
	if err != nil {
		return nil, err
	}
	payload, err := e.DecodeB64Payload()
	if err != nil {
		return nil, refuse("signed.malformed", err)
	}
	return payload, nil
}

// OwnKeyID gives the id of the key that an envelope says it was signed with, unverified, under the terms of OwnPayload: it
// tells an envelope of the present key from one of a key that was exchanged.
func OwnKeyID(envelope []byte) (string, error) {
	e, err := parse(envelope)
	if err != nil {
		return "", err
	}
	return e.Signatures[0].KeyID, nil
}
