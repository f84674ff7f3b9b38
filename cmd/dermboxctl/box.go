package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/durable"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
)

// readStore opens the case store for reading only, beside a daemon or without one. With unseal the vault is opened too,
// where it can be; without it the lists have no initials.
func (t *tool) readStore(ctx context.Context, c config.Config, unseal bool) (*store.Store, error) {
	o := store.Options{Path: c.Database(), Log: silence(), Clock: toolClock(t.stamp)}
	if unseal {
		if v, err := openVault(c); err == nil {
			o.Vault = v
		}
	}
	return store.OpenReadOnly(ctx, o)
}

// neverStarted says whether the box has no database since it never had one. One that is gone is no such thing.
func neverStarted(err error) bool {
	e, ok := errors.AsType[*appliance.Error](err)
	return ok && e.Key == "storage.missing"
}

// toolClock is the clock of what only reads.
type toolClock func() appliance.Stamp

// Now gives the tool's present time.
func (c toolClock) Now() appliance.Stamp { return c() }

// writeStore opens the case store for writing: only with the daemon down, which the store's lock sees to.
func (t *tool) writeStore(ctx context.Context, c config.Config) (*store.Store, *vault.Vault, appliance.Clock, error) {
	v, err := openVault(c)
	if err != nil {
		return nil, nil, nil, err
	}
	system := clock.System(time.Time{}, time.Time{})
	s, err := store.Open(ctx, store.Options{Path: c.Database(), Vault: v, Clock: system, Log: silence(), Software: t.version, Mode: string(c.Mode)})
	return s, v, system, err
}

// shut closes a store that was only read: nothing can be lost by an error.
func shut(s *store.Store) { _ = s.Close() }

func openVault(c config.Config) (*vault.Vault, error) {
	return vault.Open(c.VaultDir(), vault.FileProvider(c.Vault.KeyFile))
}

// vaultOrNew opens the vault, and makes it where there is none yet.
func vaultOrNew(c config.Config) (*vault.Vault, error) {
	if vault.Exists(c.VaultDir()) {
		return openVault(c)
	}
	if err := durable.MkdirAll(c.VaultDir(), 0o700); err != nil {
		return nil, appliance.E(appliance.Unavailable, "ctl.provision.folder", err, "path", c.VaultDir())
	}
	return vault.Create(c.VaultDir(), vault.FileProvider(c.Vault.KeyFile))
}

// silence is the log of a tool that says everything on its own output.
func silence() *slog.Logger { return slog.New(slog.DiscardHandler) }

// stamp is the moment of an answer that was read from the disk.
func (t *tool) stamp() appliance.Stamp {
	return appliance.Stamp{Wall: t.now().UTC(), Quality: appliance.ClockUnverified}
}
