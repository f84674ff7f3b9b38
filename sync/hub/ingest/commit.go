package ingest

import (
	"context"
	"io"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// Commit accepts an offered batch whose parts are all here and gives its signed receipt. The same commit again gives the
// same receipt, byte for byte.
func (s *Service) Commit(ctx context.Context, c Caller, digest string) (wire.CommitAnswer, error) {
	o, err := s.Ledger.Offered(ctx, c.Device, digest)
	if err != nil {
		return wire.CommitAnswer{}, err
	}
	if o.State == ledger.StateCommitted {
		return wire.CommitAnswer{Receipt: o.Receipt}, nil
	}
	m, err := manifestOf(o.Envelope, digest)
	if err != nil {
		return wire.CommitAnswer{}, err
	}
	if o.State == ledger.StateRefused {
		state, err := s.Ledger.Offer(ctx, c.Device, ledger.NewOffer{Manifest: m, Digest: digest, Envelope: o.Envelope})
		if err != nil {
			return wire.CommitAnswer{}, err
		}
		if state.State == ledger.StateRefused {
			return wire.CommitAnswer{}, &answer.Conflict{Cases: state.Conflicts}
		}
	}
	cases, err := s.judge(ctx, c, m)
	if err != nil {
		return wire.CommitAnswer{}, err
	}
	receipt, err := s.Ledger.Commit(ctx, c.Device, digest, cases, func(r []wire.CaseResult, at time.Time) (ledger.Signed, error) {
		return s.sign(ctx, m, digest, r, at)
	})
	return wire.CommitAnswer{Receipt: receipt}, err
}

// judge looks at every case of a manifest. The error is parts_missing while a part of any case is not complete, or no longer
// whole on the disk.
func (s *Service) judge(ctx context.Context, c Caller, m wire.Manifest) ([]ledger.Judged, error) {
	sites, err := s.Ledger.Sites(ctx, c.Device)
	if err != nil {
		return nil, err
	}
	judged := make([]ledger.Judged, 0, len(m.Cases))
	lost := false
	for _, entry := range m.Cases {
		records, whole, err := s.whole(ctx, c, entry)
		if err != nil {
			return nil, err
		}
		if !whole {
			lost = true // go on: the device is asked for everything that is lost at once
			continue
		}
		judged = append(judged, judgeCase(c.Device, sites, s.Demonstration, entry, records))
	}
	if lost {
		return nil, answer.Refusal(wire.CodePartsMissing, nil)
	}
	return judged, nil
}

// whole says whether every part of a case is complete and its sealed files are there as they were recorded, and gives
// case.json. The receipt lets the device forget the case some day: a part whose files went since its bytes were acknowledged
// starts from 0, and the device sends it again.
func (s *Service) whole(ctx context.Context, c Caller, entry wire.CaseEntry) (caseJSON []byte, whole bool, err error) {
	whole = true
	for i, p := range entry.Parts {
		part, err := s.Ledger.Part(ctx, c.Device, p.SHA256)
		if err != nil {
			return nil, false, err
		}
		if !part.Whole() { // a damaged one starts anew when the batch is offered again
			whole = false
			continue
		}
		err = s.check(part)
		if err == nil && i == 0 {
			caseJSON, err = s.caseJSON(part)
		}
		if appliance.CodeOf(err) == appliance.Unverified {
			s.Log.ErrorContext(ctx, "a part can no longer be read and is asked for again", "part", part.Name(), "error", err)
			whole, err = false, s.Ledger.Lose(ctx, c.Device, part)
		}
		if err != nil {
			return nil, false, err
		}
	}
	return caseJSON, whole, nil
}

func (s *Service) check(part ledger.Part) error {
	key, err := s.Ledger.PartKey(part)
	if err != nil {
		return err
	}
	return s.Blobs.Check(part.Name(), key, files(part), part.Size)
}

// caseJSON gives the bytes of a case's first part, or what a larger one begins with: that is no case.json.
func (s *Service) caseJSON(part ledger.Part) ([]byte, error) {
	r, err := s.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, wire.MaxCaseJSON+1))
}

// sign makes the receipt. It runs inside the transaction that makes the cases durable: receipt and cases are there together
// or not at all.
func (s *Service) sign(ctx context.Context, m wire.Manifest, digest string, results []wire.CaseResult, at time.Time) (ledger.Signed, error) {
	for i := range results {
		if results[i].Code != "" {
			results[i].Message = text.T("sync.wire.code."+string(results[i].Code), nil)
		}
	}
	payload, err := wire.EncodeReceipt(wire.ReceiptPayload{
		Schema: wire.ReceiptSchema, ManifestDigest: digest, Trust: m.Trust, Site: m.Site, Device: m.Device, Batch: m.Batch,
		Hub: s.HubName, IssuedAt: at, Cases: results,
	})
	if err != nil {
		return ledger.Signed{}, err
	}
	envelope, err := signed.Sign(context.WithoutCancel(ctx), signed.KindReceipt, payload, s.Signer)
	return ledger.Signed{Envelope: envelope, Digest: wire.Digest(payload), KeyID: s.Signer.KeyID()}, err
}
