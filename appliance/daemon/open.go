package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

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
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/shelf"
	"dermbox/ui/kiosk"
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
	shelf    *shelf.Shelf
	identity *provision.Identity // nil: not enrolled yet, or the enrolment is damaged
	unsent   string              // why nothing is sent, a key of the catalogue; "" while there is an engine
	kiosk    net.Listener
	socket   net.Listener // of dermboxctl
	viewers  kiosk.Viewers

	signed signedData
	desk   *inference.Desk // nil until it is assembled
	// pending is of the settings' pack while it is on its way to be the first in force; nil: none is, or it was not taken.
	pending atomic.Pointer[pack.Manifest]
	closes  []func() error

	references  references // the reference cards that its cameras were shown
	calibrating sync.Mutex // held while one is looked at

	aside    atomic.Int64 // cases that are set aside, counted by watch
	failures failures     // of services
}

// open opens what must be there for anybody to work, in this order: vault, cases, images, the two listeners. Without one of
// them the box does not start, since it could not keep a case, or keep it for the right patient.
//
// All else may be missing, damaged or refused, and becomes a health state that says who must act; the clinic is never blocked by
// it. Then the safe side holds. Without rules, profile or model every lesion goes to a dermatologist. Without an enrolment cases are
// kept and wait. A keyring that cannot be read, or that holds a key of the demonstration on a live box, counts as empty:
// whatever is signed is refused then, so that nothing runs on a signature that anybody could have made.
func open(ctx context.Context, c config.Config, b Build, log *slog.Logger) (_ *box, err error) {
	x := &box{config: c, build: b, log: log, clock: systemClock(ctx, c.Database(), b)}
	x.health = health.New(x.clock)
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	if err = usable(c.DataDir); err != nil {
		return nil, err
	}
	if x.vault, err = openVault(c); err != nil {
		return nil, err
	}
	if err = x.openCases(ctx); err != nil {
		return nil, err
	}
	x.keys = x.openKeys()
	x.openIdentity()
	x.shelf = shelf.Open(x.config.ModelsDir(), x.keys)
	x.signed = x.loadSigned(ctx)
	if x.kiosk, err = listen(c.Kiosk.Listen); err != nil {
		return nil, err
	}
	x.closeLater(x.kiosk)
	if x.socket, err = listenUnix(c.Control.Socket); err != nil {
		return nil, err
	}
	x.closeLater(x.socket)
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
		_ = records.Close() // it was opened for reading only
	}
	return clock.System(built, seen)
}

func (x *box) openCases(ctx context.Context) error {
	var err error
	x.store, err = store.Open(ctx, store.Options{
		Path: x.config.Database(), Vault: x.vault, Clock: x.clock, Log: x.log, Software: x.build.Version,
		Mode: string(x.config.Mode),
	})
	if err != nil {
		return err
	}
	x.closes = append(x.closes, x.store.Close)
	if x.images, err = images.Open(x.config.ImagesDir()); err != nil {
		return err
	}
	if x.references.list, err = x.store.Calibrations(ctx); err != nil {
		return err
	}
	if err := x.sweep(ctx); err != nil {
		return err
	}
	x.staff = staff.New(staff.Options{Rows: x.store, Vault: x.vault, Clock: x.clock})
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

// closeLater has a listener closed with the box; its server may have closed it by then.
func (x *box) closeLater(l net.Listener) {
	x.closes = append(x.closes, func() error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
}
