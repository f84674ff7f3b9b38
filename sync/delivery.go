package trustsync

import (
	"context"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/client"
	"dermbox/sync/wire"
)

// delivery is one batch on its way.
type delivery struct {
	batch    *wire.Batch
	manifest wire.Manifest
	envelope []byte
	digest   string
	urgent   bool
	fresh    bool // never offered before: the hub has no byte of its parts
	sources  map[string]source
	progress wire.Progress
}

// attempts is how often a batch is offered anew in one turn because the hub's view had moved on.
const attempts = 3

// deliver brings one batch to its verified receipt.
func (e *Engine) deliver(ctx context.Context, b *wire.Batch) error {
	d, err := e.prepare(ctx, b)
	if err != nil {
		return err
	}
	defer e.sending(nil)
	for range attempts {
		if err = e.attempt(ctx, d); !outdated(err) {
			return err
		}
		d.fresh = false
	}
	return err
}

// attempt goes once from the offer to the receipt. Each step may be repeated, by this or a later run of the program.
func (e *Engine) attempt(ctx context.Context, d *delivery) error {
	answer, err := e.d.Transport.Offer(ctx, d.urgent, d.envelope)
	if err != nil {
		return e.refused(ctx, d, err)
	}
	e.contact()
	if answer.Digest != d.digest {
		return fault(errors.New("the hub answered about another manifest"))
	}
	if !answer.Committed {
		if err := e.sendParts(ctx, d, answer.Missing); err != nil {
			return err
		}
	}
	envelope, err := e.d.Transport.Commit(ctx, d.urgent, d.digest)
	if err != nil {
		return e.refused(ctx, d, err)
	}
	receipt, results, err := e.verify(ctx, d, envelope)
	if err != nil {
		return err
	}
	if err := e.d.Store.SaveReceipt(ctx, d.batch.Number, receipt, results); err != nil {
		return fmt.Errorf("saving a receipt: %w", err)
	}
	e.log.InfoContext(ctx, "batch receipted", "batch", d.batch.Number, "cases", len(results), "digest", d.digest)
	return nil
}

// verify is the only way to a receipt: signed by a key of the role hub, over this very manifest.
func (e *Engine) verify(ctx context.Context, d *delivery, envelope []byte) (appliance.Receipt, []wire.CaseResult, error) {
	v, err := signed.Verify(ctx, signed.KindReceipt, envelope, e.d.Keys)
	if err != nil {
		return appliance.Receipt{}, nil, unverified(err)
	}
	r, err := wire.DecodeReceipt(v.Payload)
	if err != nil {
		return appliance.Receipt{}, nil, unverified(err)
	}
	if !r.Answers(d.manifest, d.digest) {
		return appliance.Receipt{}, nil, unverified(errors.New("the receipt is for another manifest"))
	}
	return appliance.Receipt{
		ManifestDigest: r.ManifestDigest, Batch: r.Batch, Hub: r.Hub, KeyID: v.KeyID, IssuedAt: r.IssuedAt, Envelope: envelope,
	}, r.Cases, nil
}

// refused sets aside the cases that the hub names as refused for good. A batch of one case that is refused as such names
// that case.
func (e *Engine) refused(ctx context.Context, d *delivery, err error) error {
	r, ok := errors.AsType[*client.Refused](err)
	if !ok || !r.Body.Permanent {
		return err
	}
	e.contact()
	cases := r.Body.Cases
	if len(cases) == 0 && len(d.manifest.Cases) == 1 && aboutContent(r.Body.Code) {
		cases = []appliance.CaseID{d.manifest.Cases[0].ID}
	}
	ours := false
	for _, entry := range d.manifest.Cases {
		for _, id := range cases {
			if id == entry.ID {
				ours = true
				if err := e.setAside(ctx, d.batch.Number, id, string(r.Body.Code), r.Body.Message); err != nil {
					return err
				}
			}
		}
	}
	if ours {
		return errAgain
	}
	return err
}

// aboutContent says whether a refusal speaks of what was offered, not of who offers it.
func aboutContent(code wire.ErrorCode) bool {
	switch code {
	case wire.CodeMalformed, wire.CodeTooLarge, wire.CaseConflict:
		return true
	}
	return false
}

func (e *Engine) setAside(ctx context.Context, batch uint64, id appliance.CaseID, code, message string) error {
	if err := e.d.Store.SetAside(ctx, batch, string(id), code, message); err != nil {
		return fmt.Errorf("setting a case aside: %w", err)
	}
	e.log.WarnContext(ctx, "case set aside", "batch", batch, "case", string(id), "code", code)
	return nil
}

// outdated says whether the hub's view of the batch moved on: the offer will say what is missing now.
func outdated(err error) bool {
	r, ok := errors.AsType[*client.Refused](err)
	if !ok {
		return false
	}
	switch r.Body.Code {
	case wire.CodeUnknownBatch, wire.CodeUnknownPart, wire.CodePartsMissing:
		return true
	}
	return false
}

// keyReceipt is the sentence of a receipt that does not check.
const keyReceipt = "sync.receipt_unverified"

// unverified is a receipt that proves nothing. The hub's keeper or IT must look; no case moves on.
func unverified(cause error) error {
	return appliance.E(appliance.Unverified, keyReceipt, cause)
}

// fault is an answer that no hub of this protocol gives.
func fault(cause error) error {
	e := appliance.E(appliance.Internal, "sync.bad_answer", cause)
	e.Transient = true
	return e
}
