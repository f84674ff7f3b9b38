package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"syscall"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/durable"
	"dermbox/appliance/health"
	"dermbox/appliance/images"
	"dermbox/appliance/staff"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/firmware/keyring"
	"dermbox/firmware/provision"
)

// Build says which program this is.
type Build struct {
	Version string
	Built   string // RFC 3339, "" if unknown: wall times before it are suspect
}

// visitRoom is what the next visit may need on the disk, in bytes: images of two lesions several times over, and room for the
// database's log. Below it a visit is refused before anybody is photographed.
const visitRoom = 256 << 20

// box is the opened appliance.
type box struct {
	config config.Config
	build  Build
	log    *slog.Logger
	clock  *clock.Machine
	health *health.Registry

	vault    *vault.Vault
	store    *store.Store
	images   *images.Folder
	staff    *staff.Service
	keys     *keyring.Ring
	identity *provision.Identity // nil: not enrolled yet
	kiosk    net.Listener

	signed signedData
	closes []func() error
}

// open opens what must be there for anybody to work, in this order. What may be missing (model, rules, profile, enrolment)
// becomes a health state instead: the clinic is never blocked by it.
func open(ctx context.Context, c config.Config, b Build, log *slog.Logger) (_ *box, err error) {
	x := &box{config: c, build: b, log: log, clock: systemClock(ctx, c.Database(), b)}
	x.health = health.New(x.clock)
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	if x.vault, err = vault.Open(c.VaultDir(), vault.FileProvider(c.Vault.KeyFile)); err != nil {
		return nil, err
	}
	if err = x.openCases(ctx); err != nil {
		return nil, err
	}
	if x.keys, err = keyring.Load(c.KeyringDir, c.IsLive()); err != nil {
		return nil, err
	}
	if err = x.openIdentity(); err != nil {
		return nil, err
	}
	x.signed = x.loadSigned(ctx)
	if x.kiosk, err = listen(c.Kiosk.Listen); err != nil {
		return nil, err
	}
	x.closes = append(x.closes, func() error { return ignoreClosed(x.kiosk.Close()) })
	return x, nil
}

// systemClock takes as its floor when the program was built and the latest time that the records are sure of: a battery that
// died must not make yesterday look like the future. Records that cannot be read are the next step's to complain of.
func systemClock(ctx context.Context, database string, b Build) *clock.Machine {
	built, err := time.Parse(time.RFC3339, b.Built)
	if err != nil {
		built = time.Time{}
	}
	var seen time.Time
	if records, err := store.OpenReadOnly(ctx, store.Options{Path: database}); err == nil {
		seen, _ = records.LastSeen(ctx)
		records.Close()
	}
	return clock.System(built, seen)
}

func (x *box) openCases(ctx context.Context) error {
	var err error
	x.store, err = store.Open(ctx, store.Options{
		Path: x.config.Database(), Vault: x.vault, Clock: x.clock, Log: x.log, Software: x.build.Version,
	})
	if err != nil {
		return err
	}
	x.closes = append(x.closes, x.store.Close)
	if x.images, err = images.Open(x.config.ImagesDir()); err != nil {
		return err
	}
	removed, err := store.Stills{Store: x.store, Folder: x.images}.Sweep(ctx)
	if err != nil {
		return err
	}
	if removed > 0 {
		x.log.Info("removed image files that no case names", "files", removed)
	}
	x.staff = staff.New(staff.Options{Rows: x.store, Vault: x.vault, Clock: x.clock})
	return nil
}

// openIdentity reads who the box is to its trust. A box that is not enrolled works and keeps its cases.
func (x *box) openIdentity() error {
	identity, err := provision.LoadIdentity(x.config.IdentityDir)
	if appliance.CodeOf(err) == appliance.NotFound {
		x.health.Set("enrolment", health.Check{Level: health.Error, Key: "daemon.not_enrolled", Who: health.IT})
		return nil
	}
	if err != nil {
		return err
	}
	x.identity = identity
	x.health.Set("enrolment", health.Check{Level: health.OK, Key: "daemon.enrolled", Who: health.Nobody,
		Params: map[string]string{"hub": identity.HubName, "device": identity.Device}})
	return nil
}

// deviceID is the name on the box's certificate; before enrolment a case says that it has none.
func (x *box) deviceID() string {
	if x.identity == nil {
		return "not-enrolled"
	}
	return x.identity.Device
}

// room refuses with Full while the next visit would not fit.
func (x *box) room() error { return durable.Require(x.config.DataDir, visitRoom) }

// close closes what was opened, in reverse.
func (x *box) close() error {
	var errs []error
	for i := len(x.closes) - 1; i >= 0; i-- {
		errs = append(errs, x.closes[i]())
	}
	x.closes = nil
	return errors.Join(errs...)
}

// listen takes the address now, so that a port in use ends the start with a sentence and not a restart loop.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, appliance.E(appliance.Unavailable, "daemon.port_in_use", err, "address", address)
	case err != nil:
		return nil, appliance.E(appliance.Unavailable, "daemon.listen", err, "address", address)
	}
	return listener, nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
