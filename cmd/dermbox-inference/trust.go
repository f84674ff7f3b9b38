package main

import (
	"context"
	"crypto"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// oneKey trusts the public half of one key, for model packs alone.
type oneKey struct{ public crypto.PublicKey }

func (k oneKey) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindModel {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(k.public)}, nil
}

// wallClock is a clock by which no pack expires early.
type wallClock struct{}

func (wallClock) Bounded() time.Time { return time.Now().UTC() }

func (wallClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Quality: appliance.ClockUnverified}
}
