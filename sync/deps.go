package trustsync

import (
	"context"
	"io"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// Outbox is the device's store as the engine needs it. Each method is one durable commit.
type Outbox interface {
	// NextBatch gives the oldest unfinished batch or a new one of waiting cases, urgent ones first and alone; nil for nothing.
	NextBatch(ctx context.Context) (*wire.Batch, error)
	// SaveOffer keeps the signed manifest before it is sent; the batch's cases are then SENDING. *appliance.Error Conflict
	// means that the batch is gone: ask NextBatch again.
	SaveOffer(ctx context.Context, batch uint64, envelope []byte, digest string) error
	// SaveProgress keeps what the hub has acknowledged, for people to see.
	SaveProgress(ctx context.Context, batch uint64, p wire.Progress) error
	// SaveReceipt keeps a verified receipt and finishes the batch: accepted and duplicate cases are RECEIPTED, rejected ones
	// QUARANTINED.
	SaveReceipt(ctx context.Context, batch uint64, r appliance.Receipt, results []wire.CaseResult) error
	// SetAside quarantines one case with its reason and dissolves the batch: its other cases wait again, for a new batch.
	SetAside(ctx context.Context, batch uint64, caseID, code, message string) error
	// GiveUp closes an offered batch that can never be committed as it was signed: its cases wait again, for a new batch, and
	// the offer stays in the chain. Reason is a code for the audit trail. Conflict means that the batch is gone.
	GiveUp(ctx context.Context, batch uint64, reason string) error
	// KeepReceipt takes a case that has a receipt already out of its batch, as SetAside does, but back to RECEIPTED; false, and
	// nothing is done, for one that has none. Reason is a code for the audit trail.
	KeepReceipt(ctx context.Context, batch uint64, id appliance.CaseID, reason string) (bool, error)
	// Requeue has receipted cases wait again, since the hub no longer holds them; cases that moved on meanwhile stay as they
	// are. Reason is a code for the audit trail.
	Requeue(ctx context.Context, ids []appliance.CaseID, reason string) error
	// AuditHead gives the head of the device's audit chain.
	AuditHead(ctx context.Context) (string, error)
}

// Blobs opens a capture's image as plain bytes. An image that is gone or damaged gives *appliance.Error NotFound or
// Unverified; any other error is taken to be a passing one.
type Blobs interface {
	Open(ctx context.Context, caseID appliance.CaseID, id appliance.CaptureID) (io.ReadSeekCloser, error)
}

// Transport is the protocol's requests, each made once; *client.Client is one. Errors are *client.Refused for the hub's word
// and *appliance.Error for whatever keeps the hub from being heard. Safe for concurrent use.
type Transport interface {
	Offer(ctx context.Context, urgent bool, envelope []byte) (wire.OfferAnswer, error)
	PartOffset(ctx context.Context, urgent bool, p wire.Part) (int64, error)
	// SendPart sends body, the part's bytes from offset to its end; it does not read body after it returned.
	SendPart(ctx context.Context, urgent bool, p wire.Part, offset int64, body io.Reader) (int64, error)
	Commit(ctx context.Context, urgent bool, digest string) ([]byte, error)
	Reconcile(ctx context.Context, after string) (wire.ReconcileAnswer, error)
}
