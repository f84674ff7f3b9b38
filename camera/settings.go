package camera

import (
	"context"
	"errors"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// reading takes what a worker read of the controls.
func (c *Client) reading(p *worker.Process, checked Checked) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil || c.current != p {
		return
	}
	c.opened.Controls = checked.Controls
	if lost := Lost(checked.Controls); len(lost) > 0 {
		c.forgot = lost[0]
	}
	if c.state.Live() {
		c.readyLocked()
	}
}

// readyLocked is the state of a camera whose frames are good: ready, if its settings are as asked as well.
func (c *Client) readyLocked() {
	if c.opened != nil {
		if lost := Lost(c.opened.Controls); len(lost) > 0 {
			c.setStateLocked(StateSettings, lost[0].params()...)
			return
		}
		if list := Differing(c.opened.Controls); len(list) > 0 { // the rate alone
			c.setStateLocked(StateRate, list[0].params()...)
			return
		}
	}
	c.setStateLocked(StateReady)
}

// errUnsettled is confirm's word for a frame that came too soon after the camera was opened. The next may do.
var errUnsettled = errors.New("frame may be of the camera's own settings")

// confirm has the controls read after a frame and refuses it when one differed at any time since it was exposed: the camera
// forgot its settings, and the frame may be too dark, or of another colour. Where none was forgotten the profile's settings
// were only just made, and the error is errUnsettled.
func (c *Client) confirm(ctx context.Context, f Frame) error {
	if len(c.o.Source.Controls) == 0 {
		return nil
	}
	c.mu.Lock()
	p := c.current
	c.mu.Unlock()
	if p == nil {
		return c.noFrame(nil)
	}
	var checked Checked
	if _, err := p.Call(ctx, CallCheck, struct{}{}, nil, &checked); err != nil {
		return c.noFrame(err)
	}
	if lost := Lost(checked.Controls); len(lost) > 0 {
		return SettingsError(lost[0])
	}
	if checked.Boot == f.Exposed.Boot && f.Exposed.Mono < checked.Since {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.forgot == (ControlReading{}) {
			return errUnsettled
		}
		return SettingsError(c.forgot)
	}
	return nil
}

// noFrame is the error for a camera that gave nothing, by its state.
func (c *Client) noFrame(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.noFrameLocked(cause)
}

func (c *Client) noFrameLocked(cause error) error {
	key := "camera.error.no_frame"
	switch c.state.Key {
	case StateUnreachable, StateOpening:
		key = "camera.error.unreachable"
	case StateNoWorker, StateStopped:
		key = "camera.error.no_worker"
	case StateStalled:
		key = "camera.error.stalled"
	case StateUnplugged:
		key = "camera.error.usb_absent"
	case StateAmbiguous:
		key = "camera.error.usb_ambiguous"
	case StateUnseen:
		key = "camera.error.unseen"
	case StateDenied:
		key = "camera.error.denied"
	case StateBusy:
		key = "camera.error.busy"
	case StateWrongFormat:
		key = "camera.error.wrong_format"
	}
	return &appliance.Error{Code: appliance.Unavailable, Key: key, Params: c.state.Params, Transient: true, Err: cause}
}
