package keyring

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
)

// SignedFile says what a signed file is, for the commands sign and verify.
type SignedFile struct {
	Path   string        `json:"path"`
	Kind   signed.Kind   `json:"kind"`
	KeyID  string        `json:"key_id"`
	Role   Role          `json:"role,omitempty"`  // of the key, when verified
	Key    string        `json:"key,omitempty"`   // its name in the keyring, when verified
	Digest string        `json:"digest"`          // "sha256:..." of the signed bytes
	Header signed.Header `json:"header,omitzero"` // what the payload says of itself; zero where it has none
}

// packSuffix ends the name of a model pack, which package inference/pack signs and verifies.
const packSuffix = ".dermpack"

// IsPack says whether path names a model pack: the manifest inside it is what is signed, so the caller passes it on.
func IsPack(path string) bool { return strings.HasSuffix(path, packSuffix) }

// DefaultOut gives the name of in's signed form: "rules.json" becomes "rules.signed.json".
func DefaultOut(in string) string { return strings.TrimSuffix(in, ".json") + ".signed.json" }

// SignFile signs the exact bytes of the JSON file in as the kind, with the private key in keyPath, and writes the envelope
// durably to out (DefaultOut(in) when ""). An envelope of an earlier signing is replaced; any other file is not.
func SignFile(ctx context.Context, kind signed.Kind, in, keyPath, out string) (SignedFile, error) {
	if IsPack(in) {
		return SignedFile{}, appliance.E(appliance.Invalid, "keys.is_pack", nil, "path", in)
	}
	payload, err := readCapped(in, signed.MaxEnvelope)
	if err != nil {
		return SignedFile{}, err
	}
	var anything any
	if err := signed.Unmarshal(payload, &anything); err != nil {
		return SignedFile{}, appliance.E(appliance.Invalid, "keys.not_json", err, "path", in)
	}
	key, err := LoadPrivate(keyPath)
	if err != nil {
		return SignedFile{}, err
	}
	signer := signed.NewSigner(key)
	envelope, err := signed.Sign(ctx, kind, payload, signer)
	if err != nil {
		return SignedFile{}, err
	}
	if out == "" {
		out = DefaultOut(in)
	}
	if err := mayReplace(out); err != nil {
		return SignedFile{}, err
	}
	if err := durable.WriteFile(out, append(envelope, '\n'), 0o644); err != nil {
		return SignedFile{}, fmt.Errorf("writing the signed file: %w", err)
	}
	return SignedFile{Path: out, Kind: kind, KeyID: signer.KeyID(), Digest: signed.Digest(payload), Header: headerOf(payload)}, nil
}

// mayReplace lets a signed file be signed again, and keeps a slip of the hand from replacing anything else.
func mayReplace(out string) error {
	if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := readCapped(out, signed.MaxEnvelope+1)
	if err != nil {
		return err
	}
	if _, err := signed.KindOf(old); err != nil {
		return appliance.E(appliance.Conflict, "keys.exists", err, "path", out)
	}
	return nil
}

// VerifyFile checks a signed JSON file against the ring, as the kind that it says it is: the ring trusts a key for its own
// kinds only.
func VerifyFile(ctx context.Context, path string, ring *Ring) (SignedFile, error) {
	if IsPack(path) {
		return SignedFile{}, appliance.E(appliance.Invalid, "keys.is_pack", nil, "path", path)
	}
	envelope, err := readCapped(path, signed.MaxEnvelope)
	if err != nil {
		return SignedFile{}, err
	}
	kind, err := signed.KindOf(envelope)
	if err != nil {
		return SignedFile{}, err
	}
	v, err := signed.Verify(ctx, kind, envelope, ring)
	if err != nil {
		return SignedFile{}, err
	}
	f := SignedFile{Path: path, Kind: kind, KeyID: v.KeyID, Digest: v.Digest, Header: headerOf(v.Payload)}
	if k, ok := ring.Find(v.KeyID); ok {
		f.Role, f.Key = k.Role, k.Name
	}
	return f, nil
}

// headerOf reads the common fields where the payload has them; kinds without them give the zero Header.
func headerOf(payload []byte) signed.Header {
	var h signed.Header
	if err := json.Unmarshal(payload, &h); err != nil {
		return signed.Header{}
	}
	return h
}
