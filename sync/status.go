package trustsync

import (
	"context"
	"errors"
	"time"

	"dermbox/appliance"
	"dermbox/sync/client"
)

// Status is how sending stands.
type Status struct {
	Reachable   bool      // the last attempt heard the hub
	LastContact time.Time // zero: never since the program began
	LastError   string    // key of the catalogue; "" when the last attempt went well
	Err         error     // the error of LastError, with its placeholders; nil with it
	NeedsIT     bool      // trying again will not help
	Waiting     int       // cases that are signed off and have no receipt
	Sending     *Progress // the batch on its way; nil for none
	NextTry     time.Time // zero while trying
	Reconciled  *Report   // the last comparison with the hub; nil for none
}

// Progress is how far one batch is.
type Progress struct {
	Batch      uint64
	SentBytes  int64 // acknowledged by the hub, and those of the part on its way that left the program
	TotalBytes int64
	base       int64
}

// Status gives a copy of the present state.
func (e *Engine) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.status
	if s.Sending != nil {
		p := *s.Sending
		s.Sending = &p
	}
	return s
}

// Summary gives the status in the shape that screens and commands share.
func (s Status) Summary() appliance.SendingStatus {
	out := appliance.SendingStatus{Reachable: s.Reachable, LastError: s.LastError, NeedsIT: s.NeedsIT, Waiting: s.Waiting}
	if e, ok := errors.AsType[*appliance.Error](s.Err); ok {
		out.LastErrorParams = e.Params
	}
	if !s.LastContact.IsZero() {
		out.LastContact = &s.LastContact
	}
	if !s.NextTry.IsZero() {
		out.NextTry = &s.NextTry
	}
	if s.Sending != nil {
		out.SentBytes, out.TotalBytes = s.Sending.SentBytes, s.Sending.TotalBytes
	}
	return out
}

func (e *Engine) set(change func(*Status)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.status)
}

// contact notes that the hub was heard.
func (e *Engine) contact() {
	now := e.d.Clock.Now().Wall
	e.set(func(s *Status) { s.Reachable, s.LastContact = true, now })
}

// sending notes the batch on its way; nil when it has ended.
func (e *Engine) sending(d *delivery) {
	e.set(func(s *Status) {
		if d == nil {
			s.Sending = nil
			return
		}
		s.Sending = &Progress{Batch: d.batch.Number, SentBytes: d.progress.BytesSent, base: d.progress.BytesSent,
			TotalBytes: d.progress.BytesTotal}
	})
}

// moved notes how many bytes of the part on its way left the program.
func (e *Engine) moved(n int64) {
	e.set(func(s *Status) {
		if s.Sending != nil {
			s.Sending.SentBytes = s.Sending.base + n
		}
	})
}

func (e *Engine) next(p pause) {
	at := e.d.Clock.Now().Wall.Add(p.wait)
	e.set(func(s *Status) { s.NextTry = at })
}

// count asks how many cases wait. A store that cannot say leaves the last number: it fails again where it matters.
func (e *Engine) count(ctx context.Context) {
	if e.d.Waiting == nil {
		return
	}
	if n, err := e.d.Waiting(ctx); err == nil {
		e.set(func(s *Status) { s.Waiting = n })
	}
}

// succeeded clears the failure.
func (e *Engine) succeeded() {
	e.pacer.reset()
	e.contact()
	e.set(func(s *Status) { s.LastError, s.Err, s.NeedsIT, s.NextTry = "", nil, false, time.Time{} })
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastKey = ""
}

// failed notes a failure and gives the pause after it. It is logged when it is another one than before, not at each try.
func (e *Engine) failed(ctx context.Context, err error) pause { return e.failedBy(ctx, e.pacer, err) }

// failedBy is failed with the count of failures of one kind of work.
func (e *Engine) failedBy(ctx context.Context, pacer *pacer, err error) pause {
	if ctx.Err() != nil {
		return pause{}
	}
	p, t := pacer.after(err)
	key := "error.internal"
	if a, ok := errors.AsType[*appliance.Error](err); ok && a.Key != "" {
		key = a.Key
	}
	_, heard := errors.AsType[*client.Refused](err)
	if heard {
		e.contact()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !heard && t != local && t != hub && key != keyReceipt {
		e.status.Reachable = false
	}
	e.status.LastError, e.status.Err, e.status.NeedsIT = key, err, t == person
	if e.lastKey != key {
		e.lastKey = key
		e.log.WarnContext(ctx, "sending failed", "key", key, "needs_it", t == person, "wait", p.wait, "error", err)
	}
	return p
}
