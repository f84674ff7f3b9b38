package camera

import (
	"context"
	"errors"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// still takes a frame in the source's still mode. The worker checks the controls with it.
func (c *Client) still(ctx context.Context, pressed appliance.Stamp) (Frame, error) {
	c.mu.Lock()
	p, frozen := c.current, c.state.Key == StateFrozen
	c.mu.Unlock()
	if frozen { // the still has another size, so that its hash would be new
		return Frame{}, appliance.E(appliance.Unavailable, "camera.error.frozen", nil)
	}
	if p == nil {
		return Frame{}, c.noFrame(nil)
	}
	var taken StillTaken
	jpeg, err := p.Call(ctx, CallStill, StillRequest{After: pressed.Mono, Boot: pressed.Boot}, nil, &taken)
	if err != nil {
		return Frame{}, c.noStill(err)
	}
	f := c.framed(taken.Header, jpeg)
	f.SwitchMS = taken.SwitchMS
	if f.ScanSHA256, f.Width, f.Height, err = ScanHash(jpeg); err == nil {
		if err = CheckScan(jpeg); err != nil {
			c.suspect() // the preview's frames are looked at closely for a while
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != p {
		return Frame{}, c.noFrameLocked(nil)
	}
	c.opened.StillSwitchMS = taken.SwitchMS
	// By themselves, since frames of the preview may overtake a still on their way here.
	switch o := c.past.stills.judge(taken.Header, c.judgeLocked(f, err, c.o.Source.Still.Settings)); {
	case o.repeated:
		return Frame{}, appliance.E(appliance.Unavailable, "camera.error.frozen", nil)
	case o.err != nil:
		return Frame{}, o.err
	case !after(f.Arrived, pressed), f.ExposureClock != ClockArrival && !after(f.Exposed, pressed):
		return Frame{}, appliance.E(appliance.Unavailable, "camera.error.no_frame", errors.New("still was exposed before the press"))
	}
	return f, nil
}

// noStill gives the worker's own refusal, or how the camera stands where the worker did not answer.
func (c *Client) noStill(err error) error {
	e, ok := errors.AsType[*appliance.Error](err)
	switch {
	case ok && e.Key == worker.KeyDeadline && errors.Is(err, context.Canceled):
		return context.Canceled
	case ok && e.Code == appliance.Unavailable && e.Key != worker.KeyDeadline && e.Key != worker.KeyDied && e.Key != worker.KeyClosed:
		return err
	}
	return c.noFrame(err)
}
