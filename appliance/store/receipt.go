package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// SaveReceipt takes in the trust's word for a batch, in one transaction: the receipt with its envelope's exact bytes, each
// case RECEIPTED (accepted or duplicate) or QUARANTINED (rejected), the batch committed, the audit rows. The receipt's
// signature must have been verified. Results must name every case of the batch once; they and the digest are held against
// the offer, and a mismatch is an *appliance.Error with code Unverified that changes nothing. Saving a committed batch's
// receipt again does nothing.
func (s *Store) SaveReceipt(ctx context.Context, number uint64, r appliance.Receipt, results []wire.CaseResult) error {
	e := batchEvent("batch.receipt", number, "ok", "")
	e.Versions = map[string]string{"manifest": r.ManifestDigest, "key": r.KeyID}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		b, err := s.findBatch(ctx, tx, `epoch = ? AND number = ?`, s.epoch, number)
		if err != nil {
			return orNotFound(err, "storage.batch.not_found")
		}
		if b.Digest == "" || b.Digest != r.ManifestDigest || b.Number != r.Batch || len(r.Envelope) == 0 {
			return appliance.E(appliance.Unverified, "storage.receipt.other_batch", nil)
		}
		switch b.state {
		case batchCommitted:
			return errDone
		case batchOffered:
		default:
			return appliance.E(appliance.Conflict, "storage.batch.finished", nil)
		}
		if err := s.settleAll(ctx, tx, b, r, results); err != nil {
			return err
		}
		return s.writeReceipt(ctx, tx, b, r)
	}, e)
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

func (s *Store) settleAll(ctx context.Context, tx *sql.Tx, b *batch, r appliance.Receipt, results []wire.CaseResult) error {
	ids, err := caseIDs(tx.QueryContext(ctx, `SELECT case_id FROM batch_cases WHERE batch_id = ?`, b.id))
	if err != nil {
		return err
	}
	open := make(map[appliance.CaseID]bool, len(ids))
	for _, id := range ids {
		open[id] = true
	}
	for _, result := range results {
		if !open[result.ID] {
			return appliance.E(appliance.Unverified, "storage.receipt.other_cases", nil)
		}
		delete(open, result.ID)
		if err := s.settleOne(ctx, tx, b, r, result); err != nil {
			return err
		}
	}
	if len(open) > 0 {
		return appliance.E(appliance.Unverified, "storage.receipt.other_cases", nil)
	}
	return nil
}

func (s *Store) settleOne(ctx context.Context, tx *sql.Tx, b *batch, r appliance.Receipt, result wire.CaseResult) error {
	if err := s.settle(ctx, tx, b.id, result.ID, result.Outcome, string(result.Code), result.Message); err != nil {
		return err
	}
	switch result.Outcome {
	case wire.Accepted, wire.Duplicate:
		if err := s.move(ctx, tx, result.ID, appliance.Receipted, ""); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE cases SET received_at = ? WHERE id = ?`, nanos(r.IssuedAt), result.ID)
		return err
	case wire.Rejected:
		return s.move(ctx, tx, result.ID, appliance.Quarantined, asideKey(string(result.Code), keyRejected))
	}
	return appliance.E(appliance.Unverified, "storage.receipt.other_cases", nil)
}

func (s *Store) writeReceipt(ctx context.Context, tx *sql.Tx, b *batch, r appliance.Receipt) error {
	now := nanos(s.clock.Now().Wall)
	if _, err := tx.ExecContext(ctx, `INSERT INTO receipts (batch_id, manifest_digest, hub, key_id, issued_at, saved_at, envelope)
		VALUES (?,?,?,?,?,?,?)`, b.id, r.ManifestDigest, r.Hub, r.KeyID, nanos(r.IssuedAt), now, r.Envelope); err != nil {
		return fmt.Errorf("save receipt: %w", err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE batches SET state = ?, committed_at = ? WHERE id = ?`, batchCommitted, now, b.id)
	return err
}
