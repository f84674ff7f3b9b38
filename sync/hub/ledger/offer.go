package ledger

import (
	"context"
	"database/sql"
	"errors"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// Chain is how an offer joins the device's earlier ones of its epoch.
type Chain string

// The ways to join. All but ChainWhole raise an alarm of that name; the offer is taken all the same, for no case may be lost.
const (
	ChainWhole Chain = "whole" // its previous is the device's last offer, or it is the first of the device
	ChainEpoch Chain = "epoch" // the first of a new epoch: the device was restored
	ChainGap   Chain = "gap"   // its previous never arrived here
	ChainFork  Chain = "fork"  // another offer followed its previous already, as after a copied disk
)

// The states of an offer.
const (
	StateOffered   = "offered"
	StateCommitted = "committed"
	StateRefused   = "refused"
)

// NewOffer is a manifest whose signature and device have been checked.
type NewOffer struct {
	Manifest wire.Manifest
	Digest   string
	Envelope []byte
}

// OfferState is how an offer stands.
type OfferState struct {
	State     string
	Chain     Chain
	Missing   []wire.Part        // parts that are not complete in the device's scope, small ones first
	Conflicts []appliance.CaseID // of a refused offer
}

// Offer keeps a device's offer, or finds the one with the same digest, and says what is missing. An offer with a case that
// the hub holds with other content is kept as refused, with an alarm for each such case.
func (l *Ledger) Offer(ctx context.Context, d Device, o NewOffer) (OfferState, error) {
	var s OfferState
	err := l.change(ctx, "keep an offer", func(tx *sql.Tx) error {
		if err := l.seen(ctx, tx, d); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT state, chain FROM offers WHERE trust = ? AND site = ? AND device = ? AND digest = ?`,
			d.Trust, d.Site, d.ID, o.Digest).Scan(&s.State, &s.Chain)
		if errors.Is(err, sql.ErrNoRows) {
			err = l.insertOffer(ctx, tx, d, o, &s)
		}
		if err != nil {
			return err
		}
		if s.State == StateRefused {
			if err := l.reconsider(ctx, tx, d, o, &s); err != nil {
				return err
			}
		}
		if s.State == StateOffered {
			if err := l.loseDamaged(ctx, tx, d, o.Manifest); err != nil {
				return err
			}
			s.Missing, err = missing(ctx, tx, d, o.Manifest)
		}
		return err
	})
	return s, err
}

func (l *Ledger) insertOffer(ctx context.Context, tx *sql.Tx, d Device, o NewOffer, s *OfferState) error {
	var err error
	m := o.Manifest
	if s.Conflicts, err = conflicts(ctx, tx, d, m); err != nil {
		return err
	}
	if s.Chain, err = chain(ctx, tx, d, m); err != nil {
		return err
	}
	s.State = StateOffered
	if len(s.Conflicts) > 0 {
		s.State = StateRefused
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO offers
		(trust, site, device, epoch, batch, digest, previous, audit_head, envelope, chain, state, offered_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.Trust, d.Site, d.ID, m.Epoch, int64(m.Batch), o.Digest, m.Previous,
		m.AuditHead, o.Envelope, s.Chain, s.State, text(l.now()))
	if err != nil {
		return err
	}
	if s.Chain != ChainWhole {
		if err := l.alarm(ctx, tx, d, string(s.Chain), o.Digest); err != nil {
			return err
		}
	}
	for _, id := range s.Conflicts {
		if err := l.alarm(ctx, tx, d, AlarmConflict, string(id)); err != nil {
			return err
		}
	}
	if s.State == StateOffered {
		if err := l.nameParts(ctx, tx, d, m); err != nil {
			return err
		}
	}
	return l.note(ctx, tx, d.ID, "batch.offer", o.Digest, s.State, "chain."+string(s.Chain))
}

// reconsider names the conflicts of an offer that was refused, or takes it where there is none any more: an earlier version
// refused what a box brought under another name at another site.
func (l *Ledger) reconsider(ctx context.Context, tx *sql.Tx, d Device, o NewOffer, s *OfferState) error {
	var err error
	if s.Conflicts, err = conflicts(ctx, tx, d, o.Manifest); err != nil || len(s.Conflicts) > 0 {
		return err
	}
	s.State = StateOffered
	_, err = tx.ExecContext(ctx, `UPDATE offers SET state = ? WHERE trust = ? AND site = ? AND device = ? AND digest = ?`,
		s.State, d.Trust, d.Site, d.ID, o.Digest)
	if err != nil {
		return err
	}
	if err := l.nameParts(ctx, tx, d, o.Manifest); err != nil {
		return err
	}
	return l.note(ctx, tx, d.ID, "batch.reconsider", o.Digest, s.State, "")
}

// conflicts gives the cases that the trust holds with other content, from the device or its site. What others brought is not
// judged before the caller has brought every byte of it too: the answer would tell whoever guesses whether a digest is right
// (decision 24).
func conflicts(ctx context.Context, tx *sql.Tx, d Device, m wire.Manifest) ([]appliance.CaseID, error) {
	var ids []appliance.CaseID
	for _, c := range m.Cases {
		h, err := held(ctx, tx, d, c)
		if err != nil {
			return nil, err
		}
		if h.found && h.near && !h.same {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// holding is what the trust holds of a case in one version.
type holding struct {
	found bool
	same  bool // with the same content
	near  bool // from the device or its site: a box that has another name, or that moved, is still near
}

// held says what the trust holds of a case. Same is for the ears of a device that has brought every byte itself, or is near.
func held(ctx context.Context, tx *sql.Tx, d Device, c wire.CaseEntry) (holding, error) {
	var site, device, digest string
	err := tx.QueryRowContext(ctx, `SELECT site, device, content FROM cases WHERE trust = ? AND case_id = ? AND version = ?`,
		d.Trust, c.ID, c.Version).Scan(&site, &device, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return holding{}, nil
	}
	if err != nil {
		return holding{}, err
	}
	want, err := content(c)
	return holding{found: true, same: digest == want, near: site == d.Site || device == d.ID}, err
}

// content is the digest of everything that belongs to a case.
func content(c wire.CaseEntry) (string, error) {
	b, err := wire.Encode(c.Parts)
	return wire.Digest(b), err
}

// chain finds the place of a new offer in its epoch's chain.
func chain(ctx context.Context, tx *sql.Tx, d Device, m wire.Manifest) (Chain, error) {
	var last string
	err := tx.QueryRowContext(ctx, `SELECT digest FROM offers WHERE trust = ? AND device = ? AND epoch = ? ORDER BY id DESC LIMIT 1`,
		d.Trust, d.ID, m.Epoch).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	first := err != nil
	if first && m.Previous == "" {
		var earlier bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM offers WHERE trust = ? AND device = ?)`,
			d.Trust, d.ID).Scan(&earlier)
		if earlier {
			return ChainEpoch, err
		}
		return ChainWhole, err
	}
	if !first && m.Previous == last {
		return ChainWhole, nil
	}
	var known bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM offers WHERE trust = ? AND device = ? AND epoch = ? AND digest = ?)`,
		d.Trust, d.ID, m.Epoch, m.Previous).Scan(&known)
	if known || m.Previous == "" {
		return ChainFork, err
	}
	return ChainGap, err
}
