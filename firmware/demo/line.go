package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// arrival is how long a case may take from sign-off to its verified receipt on one machine.
const arrival = 60 * time.Second

// settling is how long box and hub may differ while another case is on its way.
const settling = 15 * time.Second

// previewFrames is how many frames of the live picture are watched before the button is pressed.
const previewFrames = 45

// Visit takes one patient through the kiosk, from sign-in to sign-off, and prints what the box then says of it.
func (d *Demo) Visit(ctx context.Context) (appliance.CaseID, error) {
	v, err := d.Begin(ctx)
	if err != nil {
		return "", err
	}
	if err := v.Browser.Watch(ctx, previewFrames); err != nil {
		return "", &StepError{"camera", err}
	}
	if err := v.Capture(ctx); err != nil {
		return "", &StepError{"frame", err}
	}
	t, err := d.Trace(ctx, v.ID())
	if err == nil && len(t.Captures) == 0 {
		err = errors.New("the box holds no still of this case")
	}
	if err != nil {
		return "", &StepError{"frame", err}
	}
	capture := t.Captures[len(t.Captures)-1]
	opened, err := t.opening(capture)
	if err != nil {
		return "", &StepError{"camera", err}
	}
	d.print.Camera(opened, capture)
	d.print.Frame(capture)
	d.print.Quality(capture)
	if err := v.SignOff(ctx); err != nil {
		return "", &StepError{"sign-off", err}
	}
	return v.ID(), d.judged(ctx, v.ID(), capture)
}

// Begin signs in and fills in the pages up to the first photograph.
func (d *Demo) Begin(ctx context.Context) (*Visit, error) {
	browser, err := NewBrowser("http://"+address(d.Ports.Kiosk), nil)
	if err != nil {
		return nil, err
	}
	patient := NewPatient(d.random)
	if d.Patient != nil {
		patient = *d.Patient
	}
	v := &Visit{Browser: browser, Patient: patient, Staff: staffID, PIN: staffPIN, Today: time.Now()}
	d.visited = v
	if err := v.Begin(ctx); err != nil {
		return nil, &StepError{"visit", err}
	}
	d.print.Say("demo.visit", "name", patient.Given+" "+patient.Family, "number", patient.NHSNumber.String(), "reference", v.ID().Reference())
	return v, nil
}

// Browser gives the browser that the last visit was taken with; its staff is signed in.
func (d *Demo) Browser() *Browser { return d.visited.Browser }

// VisitID gives the id of the last visit's case.
func (d *Demo) VisitID() appliance.CaseID { return d.visited.ID() }

// opening gives how the camera was opened for a capture.
func (t Trace) opening(c TraceCapture) (Opened, error) {
	for _, o := range t.Openings {
		if o.ID == c.Opening {
			return o.Opened, nil
		}
	}
	return Opened{}, fmt.Errorf("the box does not say how its camera was opened")
}

// judged prints rules, finding and saving of a signed-off case.
func (d *Demo) judged(ctx context.Context, id appliance.CaseID, capture TraceCapture) error {
	t, err := d.Trace(ctx, id)
	if err != nil {
		return &StepError{"finding", err}
	}
	if len(t.Findings) != 1 {
		return &StepError{"finding", fmt.Errorf("the box has %d findings for one lesion", len(t.Findings))}
	}
	f := t.Findings[0]
	d.print.Eligibility(f)
	d.print.Finding(f, text.Mark(t.Mark))
	if err := d.expected(ctx, f); err != nil {
		return &StepError{"finding", err}
	}
	for _, c := range t.Captures {
		if c.ID == capture.ID {
			d.print.Saved(c)
			return nil
		}
	}
	return &StepError{"saved", errors.New("the still is gone from the signed-off case")}
}

// Deliver waits until the trust has the case and prints batch, receipt and reconcile, each checked.
func (d *Demo) Deliver(ctx context.Context, id appliance.CaseID) error {
	t, err := d.Await(ctx, id, arrival, func(t Trace) bool { return t.Receipt != nil })
	if err != nil {
		return &StepError{"batch", err}
	}
	if err := d.delivered(ctx, t); err != nil {
		return err
	}
	return d.reconciled(ctx, t)
}

// Await polls the box's word of a case until done, and gives the last word with an error when the time is over first.
func (d *Demo) Await(ctx context.Context, id appliance.CaseID, limit time.Duration, done func(Trace) bool) (Trace, error) {
	deadline := time.Now().Add(limit)
	for {
		t, err := d.Trace(ctx, id)
		if err != nil || done(t) {
			return t, err
		}
		if time.Now().After(deadline) {
			return t, appliance.E(appliance.Unavailable, "demo.not_arrived", nil, "reference", t.Reference, "state", string(t.State),
				"limit", limit.String(), "reason", d.sendingSentence(ctx))
		}
		select {
		case <-ctx.Done():
			return t, ctx.Err()
		case <-time.After(150 * time.Millisecond):
		}
	}
}

// sendingSentence gives the box's own word on why sending does not go on.
func (d *Demo) sendingSentence(ctx context.Context) string {
	s, err := d.Status(ctx)
	switch {
	case err != nil:
		return Sentence(err)
	case s.Sending == nil || s.Sending.LastError == "":
		return text.T("demo.no_reason", nil)
	}
	return text.T(s.Sending.LastError, s.Sending.LastErrorParams)
}

func (d *Demo) delivered(ctx context.Context, t Trace) error {
	if len(t.Batches) == 0 {
		return &StepError{"batch", errors.New("the box names no batch of a receipted case")}
	}
	b := t.Batches[len(t.Batches)-1]
	d.print.Batch(b)
	v, err := d.VerifyReceipt(ctx, *t.Receipt)
	switch {
	case err != nil:
	case v.Kind != "receipt" || v.KeyID != t.Receipt.KeyID:
		err = fmt.Errorf("the receipt is a %s of key %s, the box says key %s", v.Kind, v.KeyID, t.Receipt.KeyID)
	}
	var signed SignedReceipt
	if err == nil {
		signed, err = ReadReceipt(t.Receipt.Envelope) // the bytes that were just verified
	}
	if err == nil {
		err = signed.Answers(b.Digest, t.ID)
	}
	if err != nil {
		return &StepError{"receipt", err}
	}
	d.print.Receipt(signed, v)
	return nil
}

// reconciled compares both sides: the box's own report, and each image's hash with the one that the hub makes of its bytes.
func (d *Demo) reconciled(ctx context.Context, t Trace) error {
	r, err := d.settled(ctx)
	if err != nil {
		return &StepError{"reconcile", err}
	}
	h, err := d.HubCase(ctx, t.ID)
	if err == nil {
		err = sameImages(t, h)
	}
	if err != nil {
		return &StepError{"reconcile", err}
	}
	d.print.Step("reconcile", text.T("demo.reconcile", map[string]string{
		"device": strconv.Itoa(r.Device), "hub": strconv.Itoa(r.Hub), "equal": strconv.Itoa(r.Equal), "images": strconv.Itoa(len(t.Captures)),
	}), "hub: "+strings.Join(h.images(), ", "))
	return nil
}

// settled compares both sides until they agree: another case may be between the hub's commit and the box's receipt just now,
// and is on both sides a moment later. What then still differs is an error.
func (d *Demo) settled(ctx context.Context) (Report, error) {
	for deadline := time.Now().Add(settling); ; {
		r, err := d.Reconcile(ctx)
		if err == nil && (r.Equal != r.Device || r.Equal != r.Hub) {
			err = fmt.Errorf("of %d cases on the box and %d at the hub, %d are equal", r.Device, r.Hub, r.Equal)
		}
		if err == nil || time.Now().After(deadline) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// sameImages says what differs between the stills that the box took and what the hub just read from its disk.
func sameImages(t Trace, h HubCase) error {
	if !h.Verified {
		return errors.New("the hub could not verify a part of the case")
	}
	if h.ManifestDigest != t.Batches[len(t.Batches)-1].Digest {
		return fmt.Errorf("the hub holds the case by manifest %s, the box sent %s", h.ManifestDigest, t.Batches[len(t.Batches)-1].Digest)
	}
	theirs := map[appliance.CaptureID]string{}
	for _, p := range h.Parts {
		if p.Role == "image" {
			theirs[p.CaptureID] = p.SHA256
		}
	}
	if len(theirs) != len(t.Captures) {
		return fmt.Errorf("the box took %d stills, the hub has %d", len(t.Captures), len(theirs))
	}
	for _, c := range t.Captures {
		if theirs[c.ID] != c.SHA256 {
			return fmt.Errorf("still %s has SHA-256 %s on the box and %q at the hub", c.ID, c.SHA256, theirs[c.ID])
		}
	}
	return nil
}

func (h HubCase) images() []string {
	var sums []string
	for _, p := range h.Parts {
		if p.Role == "image" {
			sums = append(sums, p.SHA256)
		}
	}
	return sums
}
