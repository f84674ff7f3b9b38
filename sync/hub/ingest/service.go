package ingest

import (
	"context"
	"crypto"
	"io"
	"log/slog"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/vault"
	"dermbox/sync/hub/blobs"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// Ledger is the hub's book. Each method is one durable transaction or a read; all are safe for concurrent use and may be
// repeated. Errors are *appliance.Error with the catalogue key of their wire code, or Full, or unexpected.
type Ledger interface {
	Offer(ctx context.Context, d ledger.Device, o ledger.NewOffer) (ledger.OfferState, error)
	Offered(ctx context.Context, d ledger.Device, digest string) (ledger.Offered, error)
	Part(ctx context.Context, d ledger.Device, sha256 string) (ledger.Part, error)
	PartKey(p ledger.Part) (*vault.CaseKey, error)
	Advance(ctx context.Context, p ledger.Part, s ledger.Segment, complete bool) error
	Complete(ctx context.Context, p ledger.Part) error
	Discard(ctx context.Context, d ledger.Device, p ledger.Part) error
	Lose(ctx context.Context, d ledger.Device, p ledger.Part) error
	Commit(ctx context.Context, d ledger.Device, digest string, cases []ledger.Judged,
		sign func([]wire.CaseResult, time.Time) (ledger.Signed, error)) ([]byte, error)
	Sites(ctx context.Context, d ledger.Device) ([]string, error)
	Reconcile(ctx context.Context, d ledger.Device, after string, limit int) (wire.ReconcileAnswer, error)
}

// Blobs keeps sealed files. A file is durable when its Commit returned nil.
type Blobs interface {
	Require(bytes int64) error // Full when so many bytes do not fit
	Create(part string, key blobs.Key) (SealedFile, error)
	Reader(part string, key blobs.Key, segments []blobs.Segment) io.ReadCloser
	Check(part string, key blobs.Key, segments []blobs.Segment, size int64) error // Unverified when bytes are lost
	Remove(names ...string) error
}

// SealedFile is a sealed file in the making.
type SealedFile interface {
	io.Writer
	Name() string
	Size() int64
	Commit() error
	Abort() error
}

// Disk makes the usual store of sealed files a Blobs.
func Disk(s *blobs.Store) Blobs { return disk{s} }

type disk struct{ *blobs.Store }

func (d disk) Create(part string, key blobs.Key) (SealedFile, error) {
	f, err := d.Store.Create(part, key)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Options are what the service is made of; every field must be set.
type Options struct {
	Ledger  Ledger
	Blobs   Blobs
	Signer  signed.Signer // of receipts
	HubName string

	Demonstration bool // takes demonstration cases and no others; a live hub takes none of them

	Clock appliance.Clock
	Log   *slog.Logger
	Stall time.Duration // a part's connection that brings less than progressStep in this time is given up
}

// Service takes what devices send. It is safe for concurrent use.
type Service struct {
	Options
	uploads gate
}

// New makes the service.
func New(o Options) *Service {
	return &Service{Options: o, uploads: gate{held: map[uploadKey]*upload{}}}
}

// Caller is who sent a request, by its client certificate.
type Caller struct {
	ledger.Device
	Key crypto.PublicKey // ECDSA P-256: the same key signs its manifests
}

// Interrupt ends every upload under way, keeping what it brought: for a hub that is about to stop.
func (s *Service) Interrupt() { s.uploads.interruptAll() }
