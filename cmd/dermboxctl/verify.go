package main

import (
	"context"
	"fmt"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
	"dermbox/inference/pack"
)

func (t *tool) verifyCommand() *cobra.Command {
	var ring string
	cmd := t.reading("verify FILE", "verify", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		file, err := t.verify(cmd.Context(), args[0], ring)
		if err != nil {
			return err
		}
		return t.show(file, func() { t.sayVerified(file) })
	})
	cmd.Flags().StringVar(&ring, "keyring", "", text.T("ctl.flag.keyring", nil))
	return cmd
}

// verify checks a file against the box's key ring, or against another folder of keys.
func (t *tool) verify(ctx context.Context, path, ringDir string) (keyring.SignedFile, error) {
	ring, c, err := t.ring(ringDir)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	if keyring.IsPack(path) {
		return t.verifyPack(ctx, path, ring)
	}
	raw, err := t.readFile(path, signed.MaxEnvelope)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	kind, err := signed.KindOf(raw)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	if kind == signed.KindManifest && c != nil {
		return verifyManifest(ctx, path, raw, *c)
	}
	return verifyFile(ctx, path, raw, kind, ring)
}

// verifyFile checks the signature, and then that this version of the program takes what was signed: IT sees before an update that
// a box would go on without its rules.
func verifyFile(ctx context.Context, path string, raw []byte, kind signed.Kind, ring *keyring.Ring) (keyring.SignedFile, error) {
	file, err := keyring.VerifyFile(ctx, path, ring)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	v, err := signed.Verify(ctx, kind, raw, ring)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	return file, soundPayload(kind, v.Payload)
}

// ring loads the named folder of keys, or the box's own by its settings; then those are given too.
func (t *tool) ring(dir string) (*keyring.Ring, *config.Config, error) {
	if dir != "" {
		ring, err := keyring.Load(dir, false)
		return ring, nil, err
	}
	c, err := t.settings()
	if err != nil {
		return nil, nil, err
	}
	ring, err := keyring.Load(c.KeyringDir, c.IsLive())
	return ring, &c, err
}

func (t *tool) verifyPack(ctx context.Context, path string, ring *keyring.Ring) (keyring.SignedFile, error) {
	raw, err := t.packFile(path)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	p, err := pack.Read(ctx, raw, ring)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	key, _ := ring.Find(p.KeyID)
	return keyring.SignedFile{Path: path, Kind: signed.KindModel, KeyID: p.KeyID, Role: key.Role, Key: key.Name, Digest: p.Digest,
		Header: p.Manifest.Header}, nil
}

// packFile reads a file that must at least begin as a model pack: whoever took the wrong file is not told that it was damaged.
func (t *tool) packFile(path string) ([]byte, error) {
	raw, err := t.readFile(path, pack.MaxSize)
	if err == nil && !pack.Begins(raw) {
		err = appliance.FieldError("file", "ctl.model.no_pack", "path", path)
	}
	return raw, err
}

// own is the device's own key as the one that signs its manifests.
type own struct{ id *provision.Identity }

func (o own) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindManifest {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(o.id.Key.Public())}, nil
}

func verifyManifest(ctx context.Context, path string, raw []byte, c config.Config) (keyring.SignedFile, error) {
	id, err := provision.LoadIdentity(c.IdentityDir)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	v, err := signed.Verify(ctx, signed.KindManifest, raw, own{id})
	return keyring.SignedFile{Path: path, Kind: signed.KindManifest, KeyID: v.KeyID, Key: id.Device, Digest: v.Digest}, err
}

func (t *tool) sayVerified(f keyring.SignedFile) {
	t.say("ctl.verify.done", "kind", string(f.Kind), "key", f.KeyID, "name", orDash(f.Key), "digest", f.Digest)
	h := f.Header
	if h.ID == "" {
		return
	}
	if h.ExpiresAt.IsZero() {
		t.say("ctl.verify.endless", "id", h.ID, "version", fmt.Sprint(h.Version))
		return
	}
	t.say("ctl.verify.header", "id", h.ID, "version", fmt.Sprint(h.Version), "until", london(h.ExpiresAt))
	if signed.CheckExpiry(h, t.now()) != nil {
		t.say("ctl.verify.expired")
	}
}

func until(at time.Time) string {
	if at.IsZero() {
		return text.T("ctl.never", nil)
	}
	return london(at)
}
