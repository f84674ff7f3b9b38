package trustsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"dermbox/appliance"
	"dermbox/sync/client"
	"dermbox/sync/wire"
)

// tries is how often one part is taken up again in one turn after the hub stood elsewhere than we thought.
const tries = 4

// sendParts brings the hub every part that it misses, in its order, and lets an urgent case by between two parts.
func (e *Engine) sendParts(ctx context.Context, d *delivery, missing []string) error {
	if err := d.count(missing); err != nil {
		return err
	}
	for _, sum := range missing {
		e.sending(d)
		s := d.sources[sum]
		if err := e.sendPart(ctx, d, s); err != nil {
			return err
		}
		d.progress.PartsSent++
		d.progress.BytesSent += s.part.Size
		if err := e.d.Store.SaveProgress(ctx, d.batch.Number, d.progress); err != nil {
			return fmt.Errorf("keeping progress: %w", err)
		}
		if !d.urgent && e.newWork() {
			return errAgain
		}
	}
	e.sending(d)
	return nil
}

// count starts the progress at what the hub has already.
func (d *delivery) count(missing []string) error {
	p := wire.Progress{}
	for _, part := range d.manifest.Parts() {
		p.PartsTotal++
		p.BytesTotal += part.Size
	}
	p.PartsSent, p.BytesSent = p.PartsTotal-len(missing), p.BytesTotal
	seen := map[string]bool{}
	for _, sum := range missing {
		s, ok := d.sources[sum]
		if !ok || seen[sum] {
			return fault(errors.New("the hub misses a part that was not offered"))
		}
		seen[sum] = true
		p.BytesSent -= s.part.Size
	}
	d.progress = p
	return nil
}

// sendPart brings one part to the hub whole.
func (e *Engine) sendPart(ctx context.Context, d *delivery, s source) error {
	known := d.fresh // then the hub has nothing of it, and asking would cost a round trip
	for range tries {
		offset := int64(0)
		if !known {
			var err error
			if offset, err = e.d.Transport.PartOffset(ctx, d.urgent, s.part); err != nil {
				return err
			}
		}
		if offset == s.part.Size {
			return nil
		}
		known = false
		now, err := e.sendFrom(ctx, d, s, offset)
		if err == nil && now == s.part.Size {
			return nil
		}
		if r, ok := errors.AsType[*client.Refused](err); ok && r.Body.Permanent && aboutContent(r.Body.Code) {
			return e.aside(ctx, d.batch, s.caseID, string(r.Body.Code))
		}
		if err != nil && !elsewhere(err) {
			return err
		}
	}
	return fault(errors.New("a part was sent several times and is not whole at the hub"))
}

// sendFrom sends the part's bytes from offset on, and never the last of them before all were checked.
func (e *Engine) sendFrom(ctx context.Context, d *delivery, s source, offset int64) (int64, error) {
	content, err := e.open(ctx, s)
	if err != nil {
		if gone(err) {
			return 0, e.aside(ctx, d.batch, s.caseID, CodeDamaged)
		}
		return 0, fmt.Errorf("opening a part: %w", err)
	}
	defer func() { _ = content.Close() }()
	body, err := newChecked(content, s.part, offset, e.moved)
	if err != nil {
		return 0, e.doubt(ctx, d, s, err)
	}
	now, err := e.d.Transport.SendPart(ctx, d.urgent, s.part, offset, body)
	e.moved(0)
	if body.failed != nil {
		return 0, e.doubt(ctx, d, s, body.failed)
	}
	return now, err
}

// doubt takes a second look at bytes that did not check: only what is wrong twice is set aside.
func (e *Engine) doubt(ctx context.Context, d *delivery, s source, first error) error {
	content, err := e.open(ctx, s)
	if err == nil {
		defer func() { _ = content.Close() }()
		var body *checked
		if body, err = newChecked(content, s.part, 0, nil); err == nil {
			_, err = io.Copy(io.Discard, body)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		e.log.ErrorContext(ctx, "an image does not check", "case", string(s.caseID), "capture", string(s.part.CaptureID),
			"error", err)
		return e.aside(ctx, d.batch, s.caseID, CodeDamaged)
	}
	return appliance.E(appliance.Unavailable, "sync.part_unreadable", first)
}

func (e *Engine) open(ctx context.Context, s source) (io.ReadSeekCloser, error) {
	if s.caseJSON != nil {
		return nopCloser{bytes.NewReader(s.caseJSON)}, nil
	}
	return e.d.Blobs.Open(ctx, s.caseID, s.part.CaptureID)
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

func gone(err error) bool {
	switch appliance.CodeOf(err) {
	case appliance.NotFound, appliance.Unverified:
		return true
	}
	return false
}

// elsewhere says whether the hub stands at another offset of the part: asking again will tell.
func elsewhere(err error) bool {
	r, ok := errors.AsType[*client.Refused](err)
	if !ok {
		return false
	}
	switch r.Body.Code {
	case wire.CodeOffset, wire.CodeHashMismatch:
		return true
	}
	return false
}
