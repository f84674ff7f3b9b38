package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// Pack is a verified model pack; it is not changed after Open.
type Pack struct {
	Manifest Manifest
	Digest   string // "sha256:..." of the manifest's exact bytes
	KeyID    string // of the key that signed it; "" from Inspect
	Model    []byte
	Card     string // Markdown
	Golden   *Golden
	Features *Features // of the method feature_residual; nil with any other
}

// Ref names the model for a finding.
func (p *Pack) Ref(engine string) appliance.ModelRef { return p.Manifest.Ref(p.Digest, engine) }

// CheckExpiry refuses a model whose time has passed, with signed.expired.
func (p *Pack) CheckExpiry(now time.Time) error { return signed.CheckExpiry(p.Manifest.Header, now) }

// Open reads and verifies the pack in a file. Errors are *appliance.Error: NotFound "pack.missing" without a file,
// Unverified with a "signed." or "pack." key otherwise; where one member is at fault, Params "member" names it.
func Open(path string, keys signed.Keys) (*Pack, error) {
	raw, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(context.Background(), raw, keys)
}

// ReadFile reads a file of at most MaxSize bytes; its errors are those of Open for a file that cannot be read. Its length is asked first, so that one that is all holes costs nothing, and it
// is opened without waiting, so that a pipe in its place stops nobody.
func ReadFile(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, appliance.E(appliance.NotFound, "pack.missing", err, "path", path)
		}
		return nil, appliance.E(appliance.Unavailable, "pack.unreadable", err, "path", path)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, appliance.E(appliance.Unavailable, "pack.unreadable", err, "path", path)
	case info.Size() > MaxSize:
		return nil, refuse("pack.too_large", nil, "limit_mib", fmt.Sprint(MaxSize>>20))
	}
	raw := make([]byte, info.Size())
	if _, err := io.ReadFull(f, raw); err != nil {
		return nil, appliance.E(appliance.Unavailable, "pack.unreadable", err, "path", path)
	}
	return raw, nil
}

// Read is Open on bytes.
func Read(ctx context.Context, raw []byte, keys signed.Keys) (*Pack, error) {
	members, err := readArchive(raw)
	if err != nil {
		return nil, err
	}
	v, err := signed.Verify(ctx, signed.KindModel, members[memberEnvelope], keys)
	if err != nil {
		return nil, withMember(err)
	}
	if !canonicalEnvelope(members[memberEnvelope]) {
		return nil, refuse("signed.malformed", nil, "member", memberEnvelope)
	}
	return assemble(v, members)
}

// canonicalEnvelope says whether the envelope is written as signed.Sign writes it. JSON has many spellings of the same
// envelope (the letter case of a field's name, for one), and a pack has exactly one.
func canonicalEnvelope(envelope []byte) bool {
	var e dsse.Envelope
	if json.Unmarshal(envelope, &e) != nil {
		return false
	}
	again, err := json.Marshal(e)
	return err == nil && bytes.Equal(again, envelope)
}

// withMember adds to a refusal of the envelope where it stands.
func withMember(err error) error {
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok {
		return fmt.Errorf("pack: %w", err)
	}
	named := *e
	named.Params = map[string]string{"member": memberEnvelope}
	for k, v := range e.Params {
		named.Params[k] = v
	}
	return &named
}

// Inspect reads a pack without trusting anybody: for tools that show or sign again. Everything but the signature is
// checked; never run its model.
func Inspect(raw []byte) (*Pack, error) {
	members, err := readArchive(raw)
	if err != nil {
		return nil, err
	}
	payload, err := unverifiedPayload(members[memberEnvelope])
	if err != nil {
		return nil, err
	}
	return assemble(signed.Verified{Payload: payload, Digest: signed.Digest(payload)}, members)
}

// unverifiedPayload takes the manifest out of an envelope whose signature is not looked at.
func unverifiedPayload(envelope []byte) ([]byte, error) {
	kind, err := signed.KindOf(envelope)
	if err != nil {
		return nil, withMember(err)
	}
	if kind != signed.KindModel {
		return nil, refuse("signed.wrong_kind", nil, "want", string(signed.KindModel), "got", string(kind), "member", memberEnvelope)
	}
	var e struct {
		Payload []byte `json:"payload"` // encoding/json reads base64 into bytes
	}
	if err := json.Unmarshal(envelope, &e); err != nil {
		return nil, refuse("signed.malformed", err, "member", memberEnvelope)
	}
	return e.Payload, nil
}

// assemble checks the members against the manifest.
func assemble(v signed.Verified, members map[string][]byte) (*Pack, error) {
	p := &Pack{Digest: v.Digest, KeyID: v.KeyID, Model: members[memberModel], Card: string(members[memberCard])}
	m, err := ParseManifest(v.Payload)
	if err != nil {
		return nil, refuseValue(err)
	}
	p.Manifest = *m
	if _, there := members[memberFeatures]; there != (m.FeatureCount() > 0) {
		return nil, refuse("pack.features_member", nil, "member", memberFeatures)
	}
	for _, name := range m.payload() {
		want, _ := p.Manifest.member(name)
		if int64(len(members[name])) != want.Size || digest(members[name]) != want.SHA256 {
			return nil, refuse("pack.member_changed", nil, "member", name)
		}
	}
	if !looksLikeModel(p.Model) {
		return nil, refuse("pack.not_a_model", nil, "member", memberModel)
	}
	if !readable(p.Card, "\n\r\t") || strings.TrimSpace(p.Card) == "" {
		return nil, refuse("pack.card", nil, "member", memberCard)
	}
	golden, err := readGolden(&p.Manifest, members[memberGolden], members[memberGoldenData])
	if err != nil {
		return nil, err
	}
	p.Golden = golden
	if m.FeatureCount() > 0 {
		if p.Features, err = ReadFeatures(m, members[memberFeatures]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// refuseValue makes a bad value in a signed manifest what it is to a device: a pack that it does not take.
func refuseValue(err error) error {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return &appliance.Error{Code: appliance.Unverified, Field: e.Field, Key: e.Key, Params: e.Params, Err: e.Err}
	}
	return err
}

// looksLikeModel is a first look only: "TFL3" is the FlatBuffers identifier of a TFLite model.
func looksLikeModel(b []byte) bool { return len(b) > 8 && string(b[4:8]) == "TFL3" }

// ModelSHA256 gives the SHA-256 of the model's bytes as the signed manifest has it, lower-case hex.
func (p *Pack) ModelSHA256() string {
	member, _ := p.Manifest.member(memberModel)
	return member.SHA256
}
