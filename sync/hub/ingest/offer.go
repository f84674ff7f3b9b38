package ingest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// Offer takes a signed manifest and says which of its parts are missing. The same manifest again costs one transaction.
func (s *Service) Offer(ctx context.Context, c Caller, request wire.OfferRequest) (wire.OfferAnswer, error) {
	v, err := signed.Verify(ctx, signed.KindManifest, request.Envelope, certificateKey{c})
	if err != nil {
		return wire.OfferAnswer{}, answer.Refusal(wire.CodeUnverified, err)
	}
	m, err := wire.DecodeManifest(v.Payload)
	if err != nil {
		return wire.OfferAnswer{}, err
	}
	if m.Trust != c.Trust || m.Site != c.Site || m.Device != c.ID {
		return wire.OfferAnswer{}, answer.Refusal(wire.CodeWrongDevice, nil)
	}
	state, err := s.Ledger.Offer(ctx, c.Device, ledger.NewOffer{Manifest: m, Digest: v.Digest, Envelope: request.Envelope})
	if err != nil {
		return wire.OfferAnswer{}, err
	}
	if state.State == ledger.StateRefused {
		return wire.OfferAnswer{}, &answer.Conflict{Cases: state.Conflicts}
	}
	if state.Chain != ledger.ChainWhole {
		s.Log.WarnContext(ctx, "an offer does not follow the device's last one", "device", c.ID, "chain", string(state.Chain))
	}
	a := wire.OfferAnswer{Digest: v.Digest, Missing: []string{}, Committed: state.State == ledger.StateCommitted}
	for _, p := range state.Missing {
		a.Missing = append(a.Missing, p.SHA256)
	}
	return a, nil
}

// certificateKey trusts one key for manifests: that of the connection's client certificate.
type certificateKey struct{ c Caller }

// Verifiers is signed.Keys.
func (k certificateKey) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindManifest {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(k.c.Key)}, nil
}

// manifestOf reads a manifest that was verified when it was offered. Its signature is not checked again: the device may
// have a new certificate and key by now.
func manifestOf(envelope []byte, digest string) (wire.Manifest, error) {
	var e dsse.Envelope
	if err := json.Unmarshal(envelope, &e); err != nil {
		return wire.Manifest{}, errors.New("a kept manifest cannot be read")
	}
	payload, err := e.DecodeB64Payload()
	if err != nil || wire.Digest(payload) != digest {
		return wire.Manifest{}, appliance.E(appliance.Internal, "error.internal", errors.New("a kept manifest has changed"))
	}
	return wire.DecodeManifest(payload)
}
