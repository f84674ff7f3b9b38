package pack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// ManifestFile is the name of the unsigned manifest in the folder that Build reads.
const ManifestFile = "manifest.json"

// Build makes a signed pack of a folder that holds manifest.json, model.tflite, card.md, golden.json, golden.bin and, for the
// method feature_residual, features.bin. The manifest's "members" are filled in by Build, whatever stood there. The same folder and an Ed25519 key always give the
// same bytes. Errors are *appliance.Error Invalid that name the field or file.
func Build(ctx context.Context, dir string, signer signed.Signer) ([]byte, error) {
	text, err := readMember(dir, ManifestFile)
	if err != nil {
		return nil, err
	}
	m, err := readManifest(text)
	if err != nil {
		return nil, err
	}
	members := map[string][]byte{}
	for _, name := range m.payload() {
		if members[name], err = readMember(dir, name); err != nil {
			return nil, err
		}
	}
	return Sign(ctx, *m, members, signer)
}

// Sign makes a signed pack of a manifest and the members that it vouches for, by name. Others are left out.
func Sign(ctx context.Context, m Manifest, members map[string][]byte, signer signed.Signer) ([]byte, error) {
	m.Members = nil
	for _, name := range m.payload() {
		m.Members = append(m.Members, Member{Name: name, Size: int64(len(members[name])), SHA256: digest(members[name])})
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	payload, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("pack manifest: %w", err)
	}
	signing := map[string][]byte{}
	for _, name := range m.payload() {
		signing[name] = members[name]
	}
	return seal(ctx, payload, signing, signer)
}

// Resign signs a pack again with another key, its manifest unchanged to the byte (so its digest stays). Everything but the
// old signature is checked. Which pack to trust is the caller's decision.
func Resign(ctx context.Context, raw []byte, signer signed.Signer) ([]byte, error) {
	members, err := readArchive(raw)
	if err != nil {
		return nil, err
	}
	payload, err := unverifiedPayload(members[memberEnvelope])
	if err != nil {
		return nil, err
	}
	return seal(ctx, payload, members, signer)
}

// seal signs and writes the pack, then reads it back: what Open would refuse is never written.
func seal(ctx context.Context, payload []byte, members map[string][]byte, signer signed.Signer) ([]byte, error) {
	envelope, err := signed.Sign(ctx, signed.KindModel, payload, signer)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(members)
	all[memberEnvelope] = envelope
	raw, err := writeArchive(all)
	if err != nil {
		return nil, err
	}
	if _, err := Inspect(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

func readMember(dir, name string) ([]byte, error) {
	limit := maxSize[name]
	if limit == 0 {
		limit = maxSize[memberEnvelope]
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		if os.IsNotExist(err) {
			return nil, appliance.E(appliance.NotFound, "pack.member_missing", err, "member", name)
		}
		return nil, fmt.Errorf("pack member: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().Type() != fs.FileMode(0) {
		return nil, appliance.E(appliance.Invalid, "pack.member_missing", nil, "member", name)
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("pack member: %w", err)
	}
	if int64(len(raw)) > limit {
		return nil, appliance.E(appliance.Invalid, "pack.member_too_large", nil, "member", name)
	}
	return raw, nil
}
