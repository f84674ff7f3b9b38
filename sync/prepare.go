package trustsync

import (
	"context"
	"errors"
	"fmt"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/wire"
)

// Codes of cases that the device itself sets aside, beside the hub's of package wire.
const (
	CodeDamaged = "damaged"      // an image's bytes are gone or not those that were taken
	CodeChanged = "case_changed" // case.json is no longer what the signed manifest says
)

// source is where a part's bytes come from.
type source struct {
	caseID   appliance.CaseID
	part     wire.Part
	caseJSON []byte // of a case's first part; nil for an image
}

// prepare signs the batch's manifest and keeps it before a byte is sent, or takes up the one that was kept.
func (e *Engine) prepare(ctx context.Context, b *wire.Batch) (*delivery, error) {
	d := &delivery{batch: b, sources: map[string]source{}}
	entries := make([]wire.CaseEntry, 0, len(b.Cases))
	for _, bc := range b.Cases {
		if c := bc.Case; c != nil && c.Site.Trust != e.d.Identity.Trust { // not a byte of it is another trust's to see
			return nil, e.foreign(ctx, b, c.ID)
		}
		raw, err := bc.JSON, error(nil)
		if len(raw) == 0 {
			raw, err = wire.CaseJSON(bc.Case)
		}
		if err != nil {
			if id := bc.Case; id != nil {
				return nil, e.aside(ctx, b, id.ID, string(wire.CaseUndecodable))
			}
			return nil, err
		}
		entry := wire.EntryOf(bc.Case, raw, bc.Case.Route.Urgency() >= appliance.UrgentReview.Urgency())
		entries = append(entries, entry)
		d.urgent = d.urgent || entry.Urgent
		for i, p := range entry.Parts {
			s := source{caseID: bc.Case.ID, part: p}
			if i == 0 {
				s.caseJSON = raw
			}
			d.sources[p.SHA256] = s
		}
	}
	if b.Envelope == nil {
		return d, e.offerOf(ctx, d, entries)
	}
	return d, e.takeUp(ctx, d, entries)
}

// offerOf makes the manifest, signs it, and keeps it.
func (e *Engine) offerOf(ctx context.Context, d *delivery, entries []wire.CaseEntry) error {
	head, err := e.d.Store.AuditHead(ctx)
	if err != nil {
		return fmt.Errorf("reading the audit head: %w", err)
	}
	id := e.d.Identity
	d.manifest = wire.Manifest{
		Schema: wire.ManifestSchema, Trust: id.Trust, Site: id.Site, Device: id.Device, Epoch: id.Epoch,
		Batch: d.batch.Number, Previous: d.batch.Previous, CreatedAt: e.d.Clock.Now(), AuditHead: head, Cases: entries,
	}
	payload, err := wire.EncodeManifest(d.manifest)
	if err != nil {
		return err
	}
	if d.envelope, err = signed.Sign(ctx, signed.KindManifest, payload, e.d.Signer); err != nil {
		return fmt.Errorf("signing a manifest: %w", err)
	}
	d.digest, d.fresh = wire.Digest(payload), true
	err = e.d.Store.SaveOffer(ctx, d.batch.Number, d.envelope, d.digest)
	if appliance.CodeOf(err) == appliance.Conflict { // the batch gave way to an urgent case meanwhile
		return errAgain
	}
	if err != nil {
		return fmt.Errorf("keeping an offer: %w", err)
	}
	return nil
}

// takeUp goes on with a manifest that was kept. Its cases must still be what it says, to the byte.
func (e *Engine) takeUp(ctx context.Context, d *delivery, entries []wire.CaseEntry) error {
	d.envelope, d.digest = d.batch.Envelope, d.batch.Digest
	payload, err := signed.OwnPayload(d.envelope)
	if err != nil {
		return err
	}
	if d.manifest, err = wire.DecodeManifest(payload); err != nil {
		return err
	}
	if wire.Digest(payload) != d.digest || len(entries) != len(d.manifest.Cases) {
		return appliance.E(appliance.Internal, "sync.stuck", errors.New("the kept offer is not that of its batch"))
	}
	if ours, err := e.signedAsNow(d); err != nil || !ours {
		return e.giveUp(ctx, d, err)
	}
	for i, kept := range d.manifest.Cases {
		if kept.ID != entries[i].ID || !sameParts(kept.Parts, entries[i].Parts) {
			return e.aside(ctx, d.batch, kept.ID, CodeChanged)
		}
	}
	return nil
}

// signedAsNow says whether a kept offer carries the device's present key and name: the hub takes no other. A device that was
// enrolled anew has another key at least.
func (e *Engine) signedAsNow(d *delivery) (bool, error) {
	key, err := signed.OwnKeyID(d.envelope)
	id, m := e.d.Identity, d.manifest
	return key == e.d.Signer.KeyID() && m.Trust == id.Trust && m.Site == id.Site && m.Device == id.Device, err
}

// reasonEnrolled is the audit trail's word for why an offer is given up.
const reasonEnrolled = "enrolled_anew"

// giveUp lets the cases of an offer of an earlier enrolment travel in a new batch. What the hub has of them already it
// answers as duplicate.
func (e *Engine) giveUp(ctx context.Context, d *delivery, err error) error {
	if err != nil {
		return err
	}
	err = e.d.Store.GiveUp(ctx, d.batch.Number, reasonEnrolled)
	if appliance.CodeOf(err) == appliance.Conflict { // the batch is gone already
		return errAgain
	}
	if err != nil {
		return fmt.Errorf("giving an offer up: %w", err)
	}
	e.log.WarnContext(ctx, "an offer of an earlier enrolment was given up; its cases go into a new batch", "batch", d.batch.Number)
	return errAgain
}

// reasonOtherTrust is the audit trail's word for why a case that waited is received again.
const reasonOtherTrust = "other_trust"

// foreign takes a case of another trust than the present one out of sending. One that its own trust has given a receipt for
// is received, whatever made it wait again; any other waits for a person.
func (e *Engine) foreign(ctx context.Context, b *wire.Batch, id appliance.CaseID) error {
	kept, err := e.d.Store.KeepReceipt(ctx, b.Number, id, reasonOtherTrust)
	if err != nil {
		return fmt.Errorf("keeping a receipt: %w", err)
	}
	if !kept {
		return e.aside(ctx, b, id, string(wire.CaseSite))
	}
	e.log.InfoContext(ctx, "a case of another trust has its receipt and is not sent again", "batch", b.Number, "case", string(id))
	return errAgain
}

// aside sets a case of the device's own aside and has the outbox asked again.
func (e *Engine) aside(ctx context.Context, b *wire.Batch, id appliance.CaseID, code string) error {
	if err := e.setAside(ctx, b.Number, id, code, ""); err != nil {
		return err
	}
	return errAgain
}

func sameParts(a, b []wire.Part) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
