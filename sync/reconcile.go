package trustsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// Report is a comparison of what the device has receipts for with what the hub holds of it.
type Report struct {
	At         time.Time          `json:"at"`
	Device     int                `json:"device"`      // cases that the device has receipts for
	Hub        int                `json:"hub"`         // cases that the hub holds of this device
	Equal      int                `json:"equal"`       // on both sides, with the same digests
	OnlyDevice []appliance.CaseID `json:"only_device"` // receipted, and the hub has them no more
	OnlyHub    []appliance.CaseID `json:"only_hub"`    // the receipt was lost on its way, or the device was restored
	Different  []appliance.CaseID `json:"different"`   // on both sides with other content
}

// Agrees says whether both sides hold the same.
func (r Report) Agrees() bool {
	return len(r.OnlyDevice) == 0 && len(r.OnlyHub) == 0 && len(r.Different) == 0
}

// maxPages bounds a hub that never comes to an end: five million cases.
const maxPages = 10000

// Reconcile compares device and hub now: what the present trust has given its receipt for. Another trust's receipts stand, and
// are not this hub's to know. It changes nothing itself; what the hub has lost is queued again by Serve, once for
// each report: the hub was restored from an older backup and asks in this way for what it has forgotten (decision 11).
func (e *Engine) Reconcile(ctx context.Context) (Report, error) {
	if e.d.Held == nil {
		return Report{}, appliance.E(appliance.Internal, "sync.stuck", errors.New("no list of the device's own cases"))
	}
	select {
	case e.comparing <- struct{}{}:
		defer func() { <-e.comparing }()
	case <-ctx.Done():
		return Report{}, ctx.Err()
	}
	// The device first: what it gets a receipt for meanwhile is then only on the hub's side, which is the harmless one.
	held, err := e.d.Held(ctx, e.d.Identity.Trust)
	if err != nil {
		return Report{}, err
	}
	theirs, err := e.hubCases(ctx)
	if err != nil {
		return Report{}, err
	}
	e.contact()
	now := e.d.Clock.Now().Wall
	report := Compare(held, theirs)
	report.At = now
	e.set(func(s *Status) { s.Reconciled = &report })
	e.mu.Lock()
	e.compared = now
	e.lost = report.OnlyDevice
	e.mu.Unlock()
	if !report.Agrees() {
		e.log.ErrorContext(ctx, "device and hub differ", "only_device", len(report.OnlyDevice), "only_hub", len(report.OnlyHub),
			"different", len(report.Different))
	}
	if len(report.OnlyDevice) > 0 {
		e.Wake()
	}
	return report, nil
}

// reasonLost is the audit trail's word for why a receipted case is sent again.
const reasonLost = "hub_lost_it"

// owes says whether the last report names cases that are still to be queued again.
func (e *Engine) owes() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.lost) > 0
}

// sendAgain queues what the last report says the hub has lost. What could not be queued stays for the next turn.
func (e *Engine) sendAgain(ctx context.Context) error {
	e.mu.Lock()
	ids := e.lost
	e.lost = nil
	e.mu.Unlock()
	if len(ids) == 0 {
		return nil
	}
	if err := e.d.Store.Requeue(ctx, ids, reasonLost); err != nil {
		e.mu.Lock()
		if e.lost == nil { // else a newer report has come
			e.lost = ids
		}
		e.mu.Unlock()
		return fmt.Errorf("queueing what the hub lost: %w", err)
	}
	e.log.WarnContext(ctx, "the hub lost receipted cases; they are sent again", "cases", len(ids))
	return nil
}

// reconcileDue says whether to compare again: sooner after new receipts, but not after each, for it reads every case. A
// comparison that failed has a pace of its own.
func (e *Engine) reconcileDue(received bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.d.Clock.Now().Wall
	if left := e.recompare.Sub(now); left > 0 && left <= 2*e.d.Pace.Max { // more than that, and the clock was set back
		return false
	}
	since := now.Sub(e.compared)
	if e.compared.IsZero() || since < 0 {
		return true
	}
	return since >= e.d.Pace.Reconcile || received && since >= e.d.Pace.Compare
}

func (e *Engine) hubCases(ctx context.Context) ([]wire.ReconcileCase, error) {
	var all []wire.ReconcileCase
	after := ""
	for range maxPages {
		page, err := e.d.Transport.Reconcile(ctx, after)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Cases...)
		if page.Next == "" {
			return all, nil
		}
		if page.Next == after {
			break
		}
		after = page.Next
	}
	return nil, fault(errors.New("the hub's list of cases does not end"))
}

// caseKey names one version of a case.
type caseKey struct {
	id      appliance.CaseID
	version int
}

// Compare names every difference between the device's and the hub's cases: by id and version, then by the digest and size of
// each part. A case may have come to the hub with an earlier manifest, so manifests are not compared.
func Compare(device, hub []wire.ReconcileCase) Report {
	r := Report{Device: len(device), Hub: len(hub)}
	theirs := make(map[caseKey]wire.ReconcileCase, len(hub))
	for _, c := range hub {
		theirs[caseKey{c.ID, c.Version}] = c
	}
	for _, c := range device {
		key := caseKey{c.ID, c.Version}
		other, ok := theirs[key]
		delete(theirs, key)
		switch {
		case !ok:
			r.OnlyDevice = append(r.OnlyDevice, c.ID)
		case !sameParts(c.Parts, other.Parts):
			r.Different = append(r.Different, c.ID)
		default:
			r.Equal++
		}
	}
	for _, c := range hub {
		if _, left := theirs[caseKey{c.ID, c.Version}]; left {
			r.OnlyHub = append(r.OnlyHub, c.ID)
		}
	}
	return r
}
