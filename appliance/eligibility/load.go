package eligibility

import (
	"context"
	_ "embed" // the rules that dermbox comes with
	"slices"
	"time"

	"dermbox/appliance/signed"
)

//go:embed rules/rules.json
var defaultRules []byte

// Default gives the rules that dermbox comes with, not signed: what a trust's clinical lead reads, changes and signs.
func Default() []byte { return slices.Clone(defaultRules) }

// Load verifies a signed rule file and makes an Engine of it. Errors are *appliance.Error: Unverified for a signature that
// does not check or a file whose time has passed (see signed), Invalid "rules.invalid" with the place and the reason for one
// that was signed but cannot be understood, and Invalid "rules.below_floor", "rules.route_below_floor" or
// "rules.discordance_below_floor" for one that excludes too little or routes too low.
func Load(ctx context.Context, envelope []byte, keys signed.Keys, now time.Time) (*Engine, error) {
	verified, err := signed.Verify(ctx, signed.KindRules, envelope, keys)
	if err != nil {
		return nil, err
	}
	e, err := Parse(verified.Payload)
	if err != nil {
		return nil, err
	}
	if err := signed.CheckExpiry(e.set.Header, now); err != nil {
		return nil, err
	}
	return e, nil
}

// Parse reads rules without a signature and without looking at their expiry: for those who write them. A box uses Load.
func Parse(payload []byte) (*Engine, error) {
	e := &Engine{digest: signed.Digest(payload), guards: stops, doubts: doubts}
	if err := signed.Unmarshal(payload, &e.set); err != nil {
		return nil, invalid("the file", err.Error())
	}
	if err := e.set.check(); err != nil {
		return nil, err
	}
	return e, nil
}
