package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"dermbox/appliance"
	"dermbox/sync/hub/blobs"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// CaseProof is what the hub can prove of a case, without anything that says who the patient is.
type CaseProof struct {
	ID             appliance.CaseID    `json:"id"`
	Reference      string              `json:"reference"`
	Version        int                 `json:"version"`
	Trust          string              `json:"trust"`
	Site           string              `json:"site"`
	Device         string              `json:"device"`
	Batch          uint64              `json:"batch"`
	Chain          string              `json:"chain"` // how the batch's offer joined the device's earlier ones
	Urgent         bool                `json:"urgent"`
	Demonstration  bool                `json:"demonstration"`
	Unapproved     string              `json:"not_for_clinical_use,omitempty"` // status of a model that is not approved
	ManifestDigest string              `json:"manifest_digest"`
	ReceivedAt     time.Time           `json:"received_at"`
	Receipt        ReceiptProof        `json:"receipt"`
	Route          appliance.Route     `json:"route"`
	Findings       []appliance.Finding `json:"findings"`
	Parts          []PartProof         `json:"parts"`
	Verified       bool                `json:"verified"` // every part's bytes on disk have the manifest's digest and size
}

// ReceiptProof names the receipt that the device was given.
type ReceiptProof struct {
	Digest string `json:"digest"`
	KeyID  string `json:"key_id"`
}

// PartProof is one part as it was just read from the disk and opened: digest and size are of those bytes, not the ledger's.
type PartProof struct {
	Role      string              `json:"role"`
	CaptureID appliance.CaptureID `json:"capture_id,omitempty"`
	MediaType string              `json:"media_type"`
	SHA256    string              `json:"sha256"`
	Size      int64               `json:"size"`
	Files     int                 `json:"files"`    // sealed files that hold it, one for each connection that brought bytes
	Verified  bool                `json:"verified"` // as the manifest says
}

// Proof opens every sealed file of a case and hashes what is in it. A part that cannot be opened is not verified, with the
// digest of what could be read; the case is shown all the same. What is found is noted in the ledger, unless the hub was
// opened for looking only: a damaged part so that its box sends it again, a restored one so that it does not.
func (h *Hub) Proof(ctx context.Context, id appliance.CaseID) (CaseProof, error) {
	row, err := h.Ledger.Case(ctx, h.Authority.Trust, id)
	if err != nil {
		return CaseProof{}, err
	}
	parts, err := h.Ledger.Parts(ctx, row)
	if err != nil {
		return CaseProof{}, err
	}
	p := CaseProof{ID: row.ID, Reference: row.ID.Reference(), Version: row.Version, Trust: row.Trust, Site: row.Site,
		Device: row.Device.ID, Batch: row.Batch, Chain: string(row.Chain), Urgent: row.Urgent, Demonstration: row.Demonstration,
		ManifestDigest: row.ManifestDigest, ReceivedAt: row.ReceivedAt, Route: row.Route, Findings: []appliance.Finding{},
		Receipt: ReceiptProof{Digest: row.ReceiptDigest, KeyID: row.ReceiptKey}, Parts: []PartProof{}, Verified: len(parts) > 0}
	for _, part := range parts {
		proof, err := h.prove(ctx, row, part)
		if err != nil {
			return CaseProof{}, err
		}
		p.Parts = append(p.Parts, proof)
		p.Verified = p.Verified && proof.Verified
	}
	if c, err := h.caseOf(parts); err == nil {
		p.Findings, p.Unapproved = append(p.Findings, c.Findings...), c.Unapproved()
	} else {
		p.Verified = false
	}
	return p, nil
}

func (h *Hub) prove(ctx context.Context, row ledger.CaseRow, part ledger.CasePart) (PartProof, error) {
	proof := PartProof{Role: part.Role, CaptureID: part.CaptureID, MediaType: part.MediaType, Files: len(part.Stored.Segments)}
	sum := sha256.New()
	r, err := h.reader(part)
	if err == nil {
		proof.Size, err = io.Copy(sum, r)
		_ = r.Close()
	}
	proof.SHA256 = hex.EncodeToString(sum.Sum(nil))
	proof.Verified = err == nil && proof.SHA256 == part.SHA256 && proof.Size == part.Size
	if proof.Verified {
		if !part.Stored.Damaged.IsZero() && !h.looking {
			err = h.Ledger.Sound(ctx, row.Device, part.Stored)
		}
		return proof, err
	}
	h.Log.ErrorContext(ctx, "a part of an accepted case is damaged", "part", part.Stored.Name(), "error", err)
	if err == nil {
		err = appliance.E(appliance.Unverified, keyDamaged, nil)
	}
	if err := h.note(ctx, row, part, err); err != nil {
		h.Log.ErrorContext(ctx, "a damaged part could not be noted", "part", part.Stored.Name(), "error", err)
	}
	return proof, nil
}

func (h *Hub) reader(part ledger.CasePart) (io.ReadCloser, error) {
	key, err := h.Ledger.PartKey(part.Stored)
	if err != nil {
		return nil, err
	}
	segments := make([]blobs.Segment, len(part.Stored.Segments))
	for i, s := range part.Stored.Segments {
		segments[i] = blobs.Segment(s)
	}
	return h.Blobs.Reader(part.Stored.Name(), key, segments), nil
}

// bytes gives a whole part; Unverified when it is not what the manifest named.
func (h *Hub) bytes(part ledger.CasePart) ([]byte, error) {
	r, err := h.reader(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(r, wire.MaxPartSize+1)); err != nil {
		return nil, err
	}
	if wire.HexSum(b.Bytes()) != part.SHA256 {
		return nil, appliance.E(appliance.Unverified, keyDamaged, nil)
	}
	return b.Bytes(), nil
}

func (h *Hub) caseOf(parts []ledger.CasePart) (*appliance.Case, error) {
	if len(parts) == 0 {
		return nil, appliance.E(appliance.Unverified, keyDamaged, nil)
	}
	b, err := h.bytes(parts[0])
	if err != nil {
		return nil, err
	}
	return wire.DecodeCase(b)
}

// Received is a case as the trust's people see it.
type Received struct {
	Row  ledger.CaseRow
	Case *appliance.Case
}

// Case gives a case with its patient; NotFound when the trust holds none of that id. The reading is audited as the actor's.
func (h *Hub) Case(ctx context.Context, actor string, id appliance.CaseID) (Received, error) {
	row, err := h.Ledger.Case(ctx, h.Authority.Trust, id)
	if err != nil {
		return Received{}, err
	}
	parts, err := h.Ledger.Parts(ctx, row)
	if err != nil {
		return Received{}, err
	}
	c, err := h.caseOf(parts)
	if err != nil {
		if len(parts) > 0 {
			err = h.mark(ctx, row, parts[0], err)
		}
		return Received{}, err
	}
	return Received{Row: row, Case: c}, h.Ledger.Note(ctx, actor, "case.view", string(id), "ok", "")
}

// keyDamaged is the sentence of a part whose bytes are not those that were received.
const keyDamaged = "hubctl.part_damaged"

// mark gives err back, after note.
func (h *Hub) mark(ctx context.Context, row ledger.CaseRow, part ledger.CasePart, err error) error {
	return errors.Join(err, h.note(ctx, row, part, err))
}

// note tells the ledger when err says that the part is damaged: then a person is told, and a device that still has the case
// sends it again.
func (h *Hub) note(ctx context.Context, row ledger.CaseRow, part ledger.CasePart, err error) error {
	if h.looking || appliance.CodeOf(err) != appliance.Unverified {
		return nil
	}
	return h.Ledger.Damage(ctx, row.Device, part.Stored)
}

// Image gives the bytes of one of the case's images as the camera made them, verified; NotFound when there is none.
// The reading is audited as the actor's.
func (h *Hub) Image(ctx context.Context, actor string, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	row, err := h.Ledger.Case(ctx, h.Authority.Trust, id)
	if err != nil {
		return nil, err
	}
	parts, err := h.Ledger.Parts(ctx, row)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if p.Role == wire.RoleImage && p.CaptureID == capture {
			b, err := h.bytes(p)
			if err != nil {
				return nil, h.mark(ctx, row, p, err)
			}
			return b, h.Ledger.Note(ctx, actor, "image.view", string(id)+"/"+string(capture), "ok", "")
		}
	}
	return nil, appliance.E(appliance.NotFound, "hubctl.case.no_image", nil)
}
