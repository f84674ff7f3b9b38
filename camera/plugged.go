package camera

import (
	"context"
	"errors"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera/usb"
)

const (
	lookEvery = 250 * time.Millisecond // between two looks at what is plugged in
	misses    = 2                      // looks in a row without the camera that count: one may fall into a change of sysfs
)

// before waits until the USB camera is there and lets nothing be started until then: a camera that comes late, or again under
// another number, is found by what it is.
func (c *Client) before(ctx context.Context) error {
	if c.o.Source.USB.IsZero() {
		return ctx.Err()
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		d, err := c.find()
		var key string
		var params []string
		if err != nil {
			key, params = stateOf(err)
		} else if key, params = shut(d.Node, c.o.Probe(d.Node)); key == "" {
			c.plugged(d)
			return ctx.Err()
		}
		c.lose(nil, key, params...)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (c *Client) plugged(d usb.Device) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = d
	switch c.state.Key {
	case StateUnplugged, StateAmbiguous, StateUnseen, StateDenied, StateBusy:
		c.setStateLocked(StateOpening)
	}
}

func (c *Client) find() (usb.Device, error) {
	devices, err := usb.List(c.o.SysRoot, c.o.DevRoot)
	if err != nil {
		return usb.Device{}, err
	}
	return usb.Find(devices, c.o.Source.USB)
}

// stateOf gives the state of a camera that find did not give, and its parameters.
func stateOf(err error) (key string, params []string) {
	key = StateUnplugged
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok { // of usb.List: whether it is plugged in is not known
		return StateUnseen, nil
	}
	if e.Code == appliance.Conflict {
		key = StateAmbiguous
	}
	for name, value := range e.Params {
		params = append(params, name, value)
	}
	return key, params
}

// guard ends a worker whose camera was pulled out: its read may block for long before the driver says so. A second camera of
// the same kind changes nothing for the one that is open.
func (c *Client) guard(p *worker.Process, d usb.Device) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for missed := 0; missed < misses; {
		select {
		case <-p.Done():
			return
		case <-tick.C:
		}
		devices, err := usb.List(c.o.SysRoot, c.o.DevRoot)
		if err != nil { // which says nothing of the camera; one that is gone goes silent, and that is seen as well
			continue
		}
		if slices.ContainsFunc(devices, d.Is) {
			missed = 0
			continue
		}
		missed++
	}
	c.lose(p, StateUnplugged, "camera", c.o.Source.USB.String())
	_ = p.Close() // always nil
}

// source gives the source as the worker opens it: a USB camera by the device that was found, with what it says of itself.
func (c *Client) source() Source {
	s := c.o.Source
	if s.USB.IsZero() {
		return s
	}
	c.mu.Lock()
	d := c.found
	c.mu.Unlock()
	s.Device, s.Camera.Serial, s.Camera.Firmware = d.Node, short(d.Serial), d.Release
	if s.Profile == "" {
		s.Camera.Make, s.Camera.Model = short(d.Manufacturer), short(d.Name)
	}
	return s
}

// short cuts a text of the camera's to what a record holds.
func short(s string) string { return s[:min(len(s), identityText)] }
