package ingest

import (
	"context"
	"io"
	"time"

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
		return wire.CommitAnswer{}, &answer.Conflict{Cases: state.Conflicts}
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

// judge looks at every case of a manifest. The error is parts_missing while a part of any case is not complete.
func (s *Service) judge(ctx context.Context, c Caller, m wire.Manifest) ([]ledger.Judged, error) {
	judged := make([]ledger.Judged, 0, len(m.Cases))
	for _, entry := range m.Cases {
		var first ledger.Part
		for i, p := range entry.Parts {
			part, err := s.Ledger.Part(ctx, c.Device, p.SHA256)
			if err != nil {
				return nil, err
			}
			if !part.Complete() {
				return nil, answer.Refusal(wire.CodePartsMissing, nil)
			}
			if i == 0 {
				first = part
			}
		}
		b, err := s.caseJSON(first)
		if err != nil {
			return nil, err
		}
		judged = append(judged, judgeCase(c.Device, entry, b))
	}
	return judged, nil
}

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
