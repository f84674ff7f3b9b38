package provision

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

const (
	draftSuffix = ".enrolling"
	inviteFile  = "invite.sha256" // which invite the draft's key was made for
)

// draft is an identity in the making: a folder beside the identity's, with the key in it before the hub hears of it.
type draft struct {
	dir string
	key *ecdsa.PrivateKey
}

// openDraft goes on with the draft of the same invite, or clears away any other and makes a new key, durably.
func openDraft(identityDir, secret string) (*draft, error) {
	d := &draft{dir: filepath.Clean(identityDir) + draftSuffix}
	sum := sha256.Sum256([]byte(secret))
	mark := hex.EncodeToString(sum[:])
	if d.resume(mark) {
		return d, nil
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return nil, unwritable(d.dir, err)
	}
	if err := durable.MkdirAll(d.dir, 0o700); err != nil {
		return nil, unwritable(d.dir, err)
	}
	key, err := newDeviceKey()
	if err != nil {
		return nil, fmt.Errorf("making the device's key: %w", err)
	}
	if err := keyring.SavePrivate(filepath.Join(d.dir, keyFile), key); err != nil {
		return nil, unwritable(d.dir, err)
	}
	if err := durable.WriteFile(filepath.Join(d.dir, inviteFile), []byte(mark), 0o600); err != nil {
		return nil, unwritable(d.dir, err)
	}
	d.key = key
	return d, nil
}

// resume takes the key of an earlier attempt with the same invite. The mark is written after the key: with it, the key is
// whole.
func (d *draft) resume(mark string) bool {
	was, err := os.ReadFile(filepath.Join(d.dir, inviteFile))
	if err != nil || strings.TrimSpace(string(was)) != mark {
		return false
	}
	signer, err := keyring.LoadPrivate(filepath.Join(d.dir, keyFile))
	if err != nil {
		return false
	}
	key, ok := signer.(*ecdsa.PrivateKey)
	d.key = key
	return ok
}

// discard forgets the draft, its key included.
func (d *draft) discard() error { return os.RemoveAll(d.dir) }

// finish writes the rest and lets the identity appear in one rename.
func (d *draft) finish(dir string, identity Identity, answer wire.EnrolAnswer) error {
	raw, err := json.MarshalIndent(identity, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the identity: %w", err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{
		{certificateFile, answer.Certificate},
		{caFile, answer.CA},
		{identityFile, append(raw, '\n')},
	} {
		if err := durable.WriteFile(filepath.Join(d.dir, file.name), file.data, 0o644); err != nil {
			return unwritable(d.dir, err)
		}
	}
	if err := appear(d.dir, filepath.Clean(dir)); err != nil {
		return err
	}
	// The mark goes last: without it an attempt that is repeated makes another key, and the hub has seen the invite used with
	// this one. Left behind it does no harm.
	_ = os.Remove(filepath.Join(dir, inviteFile))
	return nil
}

// appear renames the draft to the identity folder. The folder may exist if it is empty; one that has been filled meanwhile
// makes the removal, and so all of it, fail.
func appear(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return appliance.E(appliance.Conflict, "provision.not_empty", err, "path", to)
	}
	if err := os.Rename(from, to); err != nil {
		return unwritable(to, err)
	}
	return durable.SyncDir(filepath.Dir(to))
}

func unwritable(path string, err error) error {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return e
	}
	return appliance.E(appliance.Internal, "provision.unwritable", err, "path", path)
}
