package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// CaseRow is a case as the hub holds it, without its parts.
type CaseRow struct {
	Device
	ID             appliance.CaseID
	Version        int
	Urgent         bool
	Demonstration  bool
	Route          appliance.Route
	Lesions        int
	SignedOff      time.Time // at the clinic, by the device's clock
	ReceivedAt     time.Time
	Batch          uint64
	Chain          Chain
	ManifestDigest string
	ReceiptDigest  string
	ReceiptKey     string
	urgency        int // of the route, as it was ranked when the case came
	row            int64
	wrapped        []byte
	patient        []byte
}

// CasePart is a part of a case and the sealed files that hold it.
type CasePart struct {
	wire.Part
	Stored Part
}

const caseColumns = `c.id, c.trust, c.site, c.device, c.case_id, c.version, c.urgent, c.demonstration, c.route, c.lesions,
	c.signed_off, c.received_at, c.wrapped_key, c.patient, o.batch, o.chain, o.digest, o.receipt_digest, o.receipt_key, c.urgency`

const caseTables = ` FROM cases c JOIN offers o ON o.id = c.offer `

// Case gives the newest version of a case; NotFound when the trust holds none.
func (l *Ledger) Case(ctx context.Context, trust string, id appliance.CaseID) (CaseRow, error) {
	found, err := l.cases(ctx, `SELECT `+caseColumns+caseTables+`WHERE c.trust = ? AND c.case_id = ? ORDER BY c.version DESC LIMIT 1`,
		trust, id)
	if err == nil && len(found) == 0 {
		err = appliance.E(appliance.NotFound, "hubctl.case.unknown", nil)
	}
	if err != nil {
		return CaseRow{}, err
	}
	return found[0], nil
}

func (l *Ledger) cases(ctx context.Context, query string, args ...any) ([]CaseRow, error) {
	rows, err := l.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, mapped("list the cases", err)
	}
	defer rows.Close()
	all := []CaseRow{}
	for rows.Next() {
		var c CaseRow
		var signedOff, received string
		var batch int64
		err := rows.Scan(&c.row, &c.Trust, &c.Site, &c.Device.ID, &c.ID, &c.Version, &c.Urgent, &c.Demonstration, &c.Route, &c.Lesions,
			&signedOff, &received, &c.wrapped, &c.patient, &batch, &c.Chain, &c.ManifestDigest, &c.ReceiptDigest, &c.ReceiptKey, &c.urgency)
		if err == nil {
			err = moments(pair{signedOff, &c.SignedOff}, pair{received, &c.ReceivedAt})
		}
		if err != nil {
			return nil, mapped("list the cases", err)
		}
		c.Batch = uint64(batch)
		all = append(all, c)
	}
	return all, mapped("list the cases", rows.Err())
}

// Patient unseals who the case's patient is.
func (l *Ledger) Patient(c CaseRow) (appliance.Patient, error) {
	key, err := l.vault.CaseKey(c.wrapped)
	if err != nil {
		return appliance.Patient{}, err
	}
	plain, err := key.Open("cases", "patient", caseRow(c.ID, c.Version), c.patient)
	if err != nil {
		return appliance.Patient{}, err
	}
	var p appliance.Patient
	if json.Unmarshal(plain, &p) != nil {
		return appliance.Patient{}, errors.New("a sealed patient cannot be read")
	}
	return p, nil
}

// Parts gives the case's parts in the manifest's order.
func (l *Ledger) Parts(ctx context.Context, c CaseRow) ([]CasePart, error) {
	parts, err := l.caseParts(ctx, c.row)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		if parts[i].Stored.Segments, err = l.segments(ctx, parts[i].Stored.Row); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

func (l *Ledger) caseParts(ctx context.Context, row int64) ([]CasePart, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT p.id, p.sha256, p.size, p.received, p.completed_at, p.damaged_at, p.wrapped_key,
		cp.role, cp.media_type, cp.capture_id FROM case_parts cp JOIN parts p ON p.id = cp.part WHERE cp.case_row = ? ORDER BY cp.ord`, row)
	if err != nil {
		return nil, mapped("list a case's parts", err)
	}
	defer rows.Close()
	var parts []CasePart
	for rows.Next() {
		var p CasePart
		var completed, damaged string
		s := &p.Stored
		err := rows.Scan(&s.Row, &s.SHA256, &s.Size, &s.Received, &completed, &damaged, &s.wrapped, &p.Role, &p.MediaType, &p.CaptureID)
		if err == nil {
			err = moments(pair{completed, &s.Completed}, pair{damaged, &s.Damaged})
		}
		if err != nil {
			return nil, mapped("list a case's parts", err)
		}
		p.SHA256, p.Size = s.SHA256, s.Size
		parts = append(parts, p)
	}
	return parts, mapped("list a case's parts", rows.Err())
}

// Reconcile gives the cases that the hub holds of a device, also of the sites where it stood before, oldest first, at most
// limit of them after the cursor; next is the cursor of the following page, "" at the end. A case of which a part is lost or
// damaged is not held: the device must not count on it. A cursor that is none is Invalid.
func (l *Ledger) Reconcile(ctx context.Context, d Device, after string, limit int) (wire.ReconcileAnswer, error) {
	return l.heldBy(ctx, d, after, limit, `AND NOT EXISTS (SELECT 1 FROM case_parts cp JOIN parts p ON p.id = cp.part
		WHERE cp.case_row = c.id AND (p.completed_at = '' OR p.damaged_at <> ''))`)
}

// Received is Reconcile with the lost and damaged cases too: everything for which the device was given a receipt.
func (l *Ledger) Received(ctx context.Context, d Device, after string, limit int) (wire.ReconcileAnswer, error) {
	return l.heldBy(ctx, d, after, limit, "")
}

func (l *Ledger) heldBy(ctx context.Context, d Device, after string, limit int, only string) (wire.ReconcileAnswer, error) {
	from := int64(0)
	if after != "" {
		n, err := strconv.ParseInt(after, 10, 64)
		if err != nil || n < 0 {
			return wire.ReconcileAnswer{}, appliance.FieldError("after", "sync.wire.malformed", "what", "reconcile", "field", "after")
		}
		from = n
	}
	answer := wire.ReconcileAnswer{Cases: []wire.ReconcileCase{}}
	found, err := l.cases(ctx, `SELECT `+caseColumns+caseTables+`
		WHERE c.trust = ? AND c.id > ? AND c.id IN (SELECT case_row FROM holders WHERE device = ? AND site IN (`+sitesOf+`)) `+only+`
		ORDER BY c.id LIMIT ?`, d.Trust, from, d.ID, d.Site, d.Trust, d.ID, limit+1)
	if err != nil {
		return answer, err
	}
	if len(found) > limit {
		found = found[:limit]
		answer.Next = strconv.FormatInt(found[limit-1].row, 10)
	}
	for _, c := range found {
		parts, err := l.caseParts(ctx, c.row)
		if err != nil {
			return answer, err
		}
		entry := wire.ReconcileCase{ID: c.ID, Version: c.Version, ManifestDigest: c.ManifestDigest, ReceivedAt: c.ReceivedAt}
		for _, p := range parts {
			entry.Parts = append(entry.Parts, p.Part)
		}
		answer.Cases = append(answer.Cases, entry)
	}
	return answer, nil
}
