package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/vault"
	"dermbox/sync/hub/blobs"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ingest"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/people"
)

// Settings are what a hub is told from outside.
type Settings struct {
	DataDir      string
	KeyFile      string   // of the vault, "" for vault.key in DataDir
	Hosts        []string // names and addresses of the hub's certificate
	DeviceListen string   // host:port of the device listener
	PeopleListen string   // host:port of the people's listener
	Clock        appliance.Clock
	Log          *slog.Logger

	Demonstration bool // takes demonstration cases and no others, and the pages say so on every screen
}

// Names in the data folder.
const (
	dirKeys    = "keys"
	dirVault   = "vault"
	dirBlobs   = "parts"
	fileLedger = "ledger.db"
	fileKey    = "vault.key"
	fileLock   = "serving.lock"
)

// Stall is how long a device's connection may bring less than 16 KiB of a part before it is given up.
const stall = 30 * time.Second

func (s Settings) path(name string) string { return filepath.Join(s.DataDir, name) }

func (s Settings) provider() vault.Provider {
	if s.KeyFile != "" {
		return vault.FileProvider(s.KeyFile)
	}
	return vault.FileProvider(s.path(fileKey))
}

// Hub is an open hub. It is safe for concurrent use.
type Hub struct {
	Settings
	Authority *enrol.Authority
	Ledger    *ledger.Ledger
	Blobs     *blobs.Store
	People    *people.Directory
	Enrol     *enrol.Service
	Ingest    *ingest.Service
	looking   bool // nothing is written
}

// Create makes a new hub in the data folder, with its keys, vault and empty ledger, and its first account. The escrow's
// private half goes to escrowOut, which must lie outside the data folder. Nothing is made before all that was given is checked;
// a Create that was cut short can be repeated, and the account then has the password of the last.
func Create(ctx context.Context, s Settings, f enrol.Facts, escrowOut string, admin people.Person, password string) (*Hub, error) {
	if enrol.Exists(s.path(dirKeys)) {
		return nil, appliance.E(appliance.Conflict, "hubctl.init.exists", nil, "dir", s.DataDir)
	}
	if err := errors.Join(enrol.CheckNew(s.DataDir, escrowOut, f), people.Check(admin, password)); err != nil {
		return nil, err
	}
	for _, dir := range []string{s.DataDir, s.path(dirKeys), s.path(dirVault)} {
		if err := durable.MkdirAll(dir, 0o700); err != nil {
			return nil, durable.Map(fmt.Errorf("make the data folder: %w", err))
		}
	}
	if !vault.Exists(s.path(dirVault)) {
		if _, err := vault.Create(s.path(dirVault), s.provider()); err != nil {
			return nil, err
		}
	}
	l, err := s.ledger(ctx, ledger.Create)
	if err != nil {
		return nil, err
	}
	directory := people.New(l, f.Trust, s.Clock)
	err = directory.Add(ctx, admin, password)
	if appliance.CodeOf(err) == appliance.Conflict { // an init that was cut short made it, with a password that nobody was told
		err = directory.Replace(ctx, admin, password)
	}
	if err := errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	// The keys' last file makes the folder a hub: until then init can be repeated.
	if _, err := enrol.Create(s.path(dirKeys), s.DataDir, escrowOut, f, s.Clock); err != nil {
		return nil, err
	}
	return Open(ctx, s)
}

// Open opens an existing hub to serve from it, and brings its ledger to this version's schema; NotFound when none was made in
// the data folder, or its ledger is gone.
func Open(ctx context.Context, s Settings) (*Hub, error) { return open(ctx, s, ledger.Open) }

// OpenBeside opens an existing hub to change something in it, also while another process serves from it. A ledger of an
// earlier schema is Unavailable and left as it is: the serving program may be the earlier one.
func OpenBeside(ctx context.Context, s Settings) (*Hub, error) {
	return open(ctx, s, ledger.OpenBeside)
}

// OpenReadOnly opens an existing hub for looking only, also while another process serves from it.
func OpenReadOnly(ctx context.Context, s Settings) (*Hub, error) {
	h, err := open(ctx, s, ledger.OpenReadOnly)
	if err == nil {
		h.looking = true
	}
	return h, err
}

type ledgerOpener func(context.Context, ledger.Options) (*ledger.Ledger, error)

func open(ctx context.Context, s Settings, book ledgerOpener) (*Hub, error) {
	authority, err := enrol.Load(s.path(dirKeys), s.Clock)
	if err != nil {
		return nil, err
	}
	l, err := s.ledger(ctx, book)
	if err != nil {
		return nil, err
	}
	store, err := blobs.Open(s.path(dirBlobs))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	h := &Hub{Settings: s, Authority: authority, Ledger: l, Blobs: store, People: people.New(l, authority.Trust, s.Clock),
		Enrol: &enrol.Service{Authority: authority, Ledger: l, Clock: s.Clock, Log: s.Log},
		Ingest: ingest.New(ingest.Options{Ledger: l, Blobs: ingest.Disk(store), Signer: authority.Receipts,
			HubName: authority.Name, Demonstration: s.Demonstration, Clock: s.Clock, Log: s.Log, Stall: stall}),
	}
	return h, nil
}

func (s Settings) ledger(ctx context.Context, book ledgerOpener) (*ledger.Ledger, error) {
	v, err := vault.Open(s.path(dirVault), s.provider())
	if err != nil {
		return nil, err
	}
	return book(ctx, ledger.Options{Path: s.path(fileLedger), Vault: v, Clock: s.Clock, Log: s.Log})
}

// Close closes the hub.
func (h *Hub) Close() error { return h.Ledger.Close() }

// hold makes this process the only one that serves from the data folder; the error is a Conflict when another does.
func (h *Hub) hold() (release func(), err error) {
	f, err := os.OpenFile(h.path(fileLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, durable.Map(fmt.Errorf("open the lock file: %w", err))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, appliance.E(appliance.Conflict, "hubctl.serve.running", err, "dir", h.DataDir)
	}
	return func() { _ = f.Close() }, nil
}
