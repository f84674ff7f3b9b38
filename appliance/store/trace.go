package store

import (
	"context"
	"encoding/json"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

// Trace is everything the box knows of one case's way from the camera to the receipt, without a word about the patient: for
// "dermboxctl case show" and for the demonstration's printed line.
type Trace struct {
	ID            appliance.CaseID    `json:"id"`
	Reference     string              `json:"reference"`
	State         appliance.State     `json:"state"`
	Revision      int64               `json:"revision"`
	Version       int                 `json:"version"`
	Urgent        bool                `json:"urgent"`
	Route         appliance.Route     `json:"route"`
	Demonstration bool                `json:"demonstration"`
	Unapproved    string              `json:"not_for_clinical_use,omitempty"` // status of a model that is not approved
	Started       *time.Time          `json:"started,omitempty"`
	SignedOff     *time.Time          `json:"signed_off,omitempty"`
	Received      *time.Time          `json:"received,omitempty"`
	LastError     string              `json:"last_error,omitempty"`
	Openings      []TraceOpening      `json:"camera_openings"`
	Captures      []TraceCapture      `json:"captures"`
	Attempts      []Attempt           `json:"attempts"`
	Findings      []appliance.Finding `json:"findings"`
	Batches       []TraceBatch        `json:"batches"` // every batch that the case travelled in, oldest first
	Receipt       *TraceReceipt       `json:"receipt,omitempty"`
	Audit         []TraceEvent        `json:"audit"`
	Sealed        bool                `json:"sealed"` // the vault was not there: what is sealed is missing
}

// TraceOpening is how the camera was opened that took at least one of the case's stills.
type TraceOpening struct {
	ID     int64           `json:"id"`
	At     time.Time       `json:"at"`
	Opened json.RawMessage `json:"opened"` // asked, read back, measured, as the camera gave it
}

// TraceCapture is one kept still. Without the vault only ID, Opening, SavedAt and SavedMS are known.
type TraceCapture struct {
	ID            appliance.CaptureID  `json:"id"`
	Lesion        appliance.LesionID   `json:"lesion_id,omitempty"`
	View          appliance.View       `json:"view,omitempty"`
	Attempt       int                  `json:"attempt,omitempty"`
	Opening       int64                `json:"camera_opening,omitempty"`
	Camera        appliance.Camera     `json:"camera,omitzero"`
	Seq           uint64               `json:"seq"`
	Exposed       appliance.Stamp      `json:"exposed,omitzero"`
	ExposureClock string               `json:"exposure_clock,omitempty"`
	Pressed       appliance.Stamp      `json:"pressed,omitzero"`
	SHA256        string               `json:"sha256,omitempty"`
	ScanSHA256    string               `json:"scan_sha256,omitempty"`
	Size          int64                `json:"size"`
	Width         int                  `json:"width"`
	Height        int                  `json:"height"`
	Quality       appliance.Verdict    `json:"quality,omitzero"`
	Encoding      appliance.Encoding   `json:"encoding,omitzero"`
	SwitchMS      float64              `json:"switch_ms,omitempty"`
	Reference     *appliance.Reference `json:"reference,omitempty"` // the calibration that it was taken under
	Overridden    bool                 `json:"overridden"`          // kept although it failed the gate
	SavedAt       *time.Time           `json:"saved_at,omitempty"`
	SavedMS       *float64             `json:"saved_ms,omitempty"` // from the frame in memory to durable
}

// TraceBatch is one batch that the case was in.
type TraceBatch struct {
	Number      uint64     `json:"number"`
	Epoch       string     `json:"epoch"`
	Urgent      bool       `json:"urgent"`
	State       string     `json:"state"` // open, offered, committed, rejected
	Digest      string     `json:"digest,omitempty"`
	Previous    string     `json:"previous,omitempty"`
	AuditHead   string     `json:"audit_head,omitempty"`
	CreatedAt   *time.Time `json:"created_at,omitempty"`
	OfferedAt   *time.Time `json:"offered_at,omitempty"`
	CommittedAt *time.Time `json:"committed_at,omitempty"`
	Cases       int        `json:"cases"`
	PartsSent   int        `json:"parts_sent"`
	PartsTotal  int        `json:"parts_total"`
	BytesSent   int64      `json:"bytes_sent"`
	BytesTotal  int64      `json:"bytes_total"`
	Outcome     string     `json:"outcome,omitempty"` // accepted, duplicate, rejected
	Code        string     `json:"code,omitempty"`
}

// TraceReceipt is the trust's word for the case, verified before it was saved.
type TraceReceipt struct {
	Batch          uint64          `json:"batch"`
	ManifestDigest string          `json:"manifest_digest"`
	Hub            string          `json:"hub"`
	KeyID          string          `json:"key_id"`
	IssuedAt       *time.Time      `json:"issued_at"`
	SavedAt        *time.Time      `json:"saved_at"`
	Envelope       json.RawMessage `json:"envelope,omitempty"` // DSSE, as the hub signed it
}

// TraceEvent is one audit row about the case.
type TraceEvent struct {
	At       appliance.Stamp   `json:"at"`
	Actor    string            `json:"actor"`
	Action   string            `json:"action"`
	Outcome  string            `json:"outcome"`
	Reason   string            `json:"reason,omitempty"`
	Versions map[string]string `json:"versions,omitempty"`
}

// Trace gives everything about one case that may be shown outside the clinic's screens. Errors are those of Case, but a
// store without a vault gives what is not sealed.
func (s *Store) Trace(ctx context.Context, id appliance.CaseID) (Trace, error) {
	t, err := s.traceCase(ctx, id)
	if err != nil {
		return Trace{}, err
	}
	for _, part := range []func(context.Context, *Trace) error{
		// The receipt before the batches: one that is saved between the two reads is then of a batch that shows as committed.
		s.traceCaptures, s.traceSealed, s.traceOpenings, s.traceReceipt, s.traceBatches, s.traceAudit,
	} {
		if err := part(ctx, &t); err != nil {
			return Trace{}, mapped(err)
		}
	}
	if !t.Demonstration {
		for i := range t.Findings {
			t.Findings[i] = workings(t.Findings[i])
		}
	}
	return t, nil
}

// workings gives of a real patient's finding what shows that rules and model worked: status, route and the ids of rules. What the
// model saw, and the sentences of rules that say what the patient has, are clinical, and the site's IT has no need of them.
func workings(f appliance.Finding) appliance.Finding {
	kept := appliance.Finding{LesionID: f.LesionID, Status: f.Status, Reason: f.Reason, Route: f.Route, Model: f.Model, Optics: f.Optics,
		Captures: f.Captures, RulesVersion: f.RulesVersion, At: f.At, TookMS: f.TookMS}
	for _, h := range f.Hits {
		kept.Hits = append(kept.Hits, appliance.RuleHit{Rule: h.Rule, Effects: h.Effects})
	}
	return kept
}

func (s *Store) traceCase(ctx context.Context, id appliance.CaseID) (Trace, error) {
	t := Trace{
		ID: id, Reference: id.Reference(), Sealed: s.vault == nil, Openings: []TraceOpening{}, Captures: []TraceCapture{},
		Attempts: []Attempt{}, Findings: []appliance.Finding{}, Batches: []TraceBatch{}, Audit: []TraceEvent{},
	}
	var started, signedOff, received *int64
	err := s.read.QueryRowContext(ctx, `SELECT state, revision, version, urgent, route, demonstration, started_at, signed_off_at,
		received_at, last_error FROM cases WHERE id = ?`, id).Scan(&t.State, &t.Revision, &t.Version, &t.Urgent, &t.Route,
		&t.Demonstration, &started, &signedOff, &received, &t.LastError)
	t.Started, t.SignedOff, t.Received = pointer(fromNanos(started)), pointer(fromNanos(signedOff)), pointer(fromNanos(received))
	return t, orNotFound(err, "storage.case.not_found")
}

func (s *Store) traceAudit(ctx context.Context, t *Trace) error {
	events, err := audit.Of(ctx, s.read, string(t.ID), 1000)
	for _, e := range events {
		t.Audit = append(t.Audit, TraceEvent{e.At, e.Actor, e.Action, e.Outcome, e.Reason, e.Versions})
	}
	return err
}
