package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/camera/profile"
	"dermbox/camera/quality"
	"dermbox/firmware/keyring"
	"dermbox/inference/pack"
)

func (t *tool) signCommand() *cobra.Command {
	var key, out string
	cmd := t.leaf("sign KIND FILE --key FILE", "sign", cobra.ExactArgs(2), func(cmd *cobra.Command, args []string) error {
		kind := signed.Kind(args[0])
		if !slices.Contains(publishedKinds, kind) {
			return appliance.FieldError("kind", "ctl.sign.kind", "kind", args[0], "kinds", kindNames())
		}
		file, err := t.sign(cmd.Context(), kind, args[1], key, out)
		if err != nil {
			return err
		}
		t.say("ctl.sign.done", "kind", string(file.Kind), "path", file.Path, "key", file.KeyID, "digest", file.Digest)
		return nil
	})
	cmd.Flags().StringVar(&key, "key", "", text.T("ctl.flag.key", nil))
	cmd.Flags().StringVar(&out, "out", "", text.T("ctl.flag.out", nil))
	must(cmd.MarkFlagRequired("key"))
	return cmd
}

// publishedKinds are the kinds that people sign. The device signs manifests and the hub receipts, each by itself.
var publishedKinds = []signed.Kind{signed.KindModel, signed.KindRules, signed.KindProfile, signed.KindCamera, signed.KindPolicy,
	signed.KindSite, signed.KindRoster}

func kindNames() string {
	names := make([]string, len(publishedKinds))
	for i, k := range publishedKinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// sign signs a JSON file, a model pack, or the folder of a model that is to become one.
func (t *tool) sign(ctx context.Context, kind signed.Kind, in, keyPath, out string) (keyring.SignedFile, error) {
	info, err := os.Stat(in)
	if err != nil {
		return keyring.SignedFile{}, appliance.E(appliance.NotFound, "ctl.file.unreadable", err, "path", in)
	}
	isPack := info.IsDir() || keyring.IsPack(in)
	switch {
	case isPack != (kind == signed.KindModel):
		return keyring.SignedFile{}, appliance.FieldError("file", "ctl.sign.pack", "path", in)
	case isPack:
		return t.signPack(ctx, in, info.IsDir(), keyPath, out)
	}
	if err := t.sound(kind, in); err != nil {
		return keyring.SignedFile{}, err
	}
	out = cmp.Or(out, keyring.DefaultOut(in))
	if err := target(out); err != nil {
		return keyring.SignedFile{}, err
	}
	file, err := keyring.SignFile(ctx, kind, in, keyPath, out)
	return file, unwritten(out, err)
}

// sound refuses what no box will take: nobody should vouch for it.
func (t *tool) sound(kind signed.Kind, in string) error {
	raw, err := t.readFile(in, signed.MaxEnvelope)
	if err != nil {
		return err
	}
	return soundPayload(kind, raw)
}

// soundPayload says why a box with this version of the program would not take what was signed, for the kinds that can be read here.
func soundPayload(kind signed.Kind, payload []byte) (err error) {
	switch kind {
	case signed.KindRules:
		_, err = eligibility.Parse(payload)
	case signed.KindCamera:
		_, err = profile.Parse(payload)
	case signed.KindProfile:
		_, err = quality.ParseProfile(payload)
	}
	return err
}

func (t *tool) signPack(ctx context.Context, in string, folder bool, keyPath, out string) (keyring.SignedFile, error) {
	out = packOut(in, out)
	if err := target(out); err != nil {
		return keyring.SignedFile{}, err
	}
	key, err := keyring.LoadPrivate(keyPath)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	signer := signed.NewSigner(key)
	var raw []byte
	if folder {
		raw, err = pack.Build(ctx, in, signer)
	} else if raw, err = t.packFile(in); err == nil {
		raw, err = pack.Resign(ctx, raw, signer)
	}
	if err != nil {
		return keyring.SignedFile{}, err
	}
	p, err := pack.Inspect(raw)
	if err != nil {
		return keyring.SignedFile{}, err
	}
	if err := t.worthSigning(&p.Manifest, p.Model); err != nil {
		return keyring.SignedFile{}, err
	}
	if err := t.mayReplacePack(out); err != nil {
		return keyring.SignedFile{}, err
	}
	if err := durable.WriteFile(out, raw, 0o644); err != nil {
		return keyring.SignedFile{}, unwritten(out, err)
	}
	return keyring.SignedFile{Path: out, Kind: signed.KindModel, KeyID: signer.KeyID(), Digest: p.Digest, Header: p.Manifest.Header}, nil
}

// packOut gives where a pack goes: to out, or beside what it is made of.
func packOut(in, out string) string {
	return cmp.Or(out, strings.TrimSuffix(strings.TrimSuffix(in, "/"), ".dermpack")+".dermpack")
}

// mayReplacePack lets a pack be written over another pack, and over nothing else.
func (t *tool) mayReplacePack(out string) error {
	if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := t.readFile(out, pack.MaxSize)
	if err == nil {
		_, err = pack.Inspect(old)
	}
	if err != nil {
		return appliance.E(appliance.Conflict, "keys.exists", err, "path", out)
	}
	return nil
}
