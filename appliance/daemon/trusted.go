package daemon

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/vault"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
)

// usable refuses a data folder that the daemon could not write to, before any part of it is opened. A missing one is the
// vault's to complain of.
func usable(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !info.IsDir() {
		return appliance.E(appliance.Invalid, "daemon.data_dir", fs.ErrExist, "path", dir)
	}
	if err == nil {
		err = unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK)
	}
	switch {
	case errors.Is(err, unix.EROFS):
		return appliance.E(appliance.Unavailable, "storage.read_only", err)
	case err != nil:
		return appliance.E(appliance.Forbidden, "daemon.data_dir", err, "path", dir)
	}
	return nil
}

// openVault opens the vault. Where there is none it is not made here: a box that has held cases needs its old one back, and
// a new one is set up by dermboxctl, which can give the trust's escrow its copy.
func openVault(c config.Config) (*vault.Vault, error) {
	v, err := vault.Open(c.VaultDir(), vault.FileProvider(c.Vault.KeyFile))
	if err == nil || vault.Exists(c.VaultDir()) {
		return v, err
	}
	if _, statErr := os.Lstat(c.Database()); !errors.Is(statErr, fs.ErrNotExist) {
		return nil, appliance.E(appliance.NotFound, "daemon.vault_lost", err, "path", c.VaultDir())
	}
	return nil, appliance.E(appliance.NotFound, "daemon.vault_none", err, "path", c.VaultDir())
}

// openKeys reads the keyring. One that is refused leaves the box with no key at all.
func (x *box) openKeys() *keyring.Ring {
	ring, err := keyring.Load(x.config.KeyringDir, x.config.IsLive())
	if err == nil {
		x.health.Set("keyring", health.Check{Level: health.OK, Key: "daemon.keyring_ok", Who: health.Nobody})
		return ring
	}
	if e, ok := asError(err); ok && e.Key == "keys.demo_in_live" {
		err = appliance.E(appliance.Forbidden, "daemon.demo_key", err, "path", e.Params["path"])
	}
	x.unsound("keyring", err)
	return &keyring.Ring{}
}

// openIdentity reads who the box is to its trust. A box that is not enrolled, or whose enrolment is damaged, works and keeps
// its cases.
func (x *box) openIdentity() {
	identity, err := provision.LoadIdentity(x.config.IdentityDir)
	switch {
	case appliance.CodeOf(err) == appliance.NotFound:
		x.unenrolled("daemon.not_enrolled")
	case err != nil:
		x.log.Error("the enrolment is damaged", "error", err)
		x.unenrolled("daemon.identity_damaged")
	default:
		x.identity = identity
		x.health.Set("enrolment", health.Check{Level: health.OK, Key: "daemon.enrolled", Who: health.Nobody,
			Params: map[string]string{"hub": identity.HubName, "device": identity.Device}})
	}
}

func (x *box) unenrolled(key string) {
	x.unsent = key
	x.health.Set("enrolment", health.Check{Level: health.Error, Key: key, Who: health.IT})
}
