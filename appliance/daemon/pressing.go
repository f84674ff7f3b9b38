package daemon

import (
	"context"

	"dermbox/appliance/health"
	"dermbox/camera/shutter"
	"dermbox/ui/kiosk"
)

// newShutter gives the service that reads the dermatoscope's button or the foot switch. It does nothing when none is set.
func (x *box) newShutter() (*shutter.Service, error) {
	c := x.config.Shutter()
	return shutter.New(shutter.Options{Devices: c.Devices, Keys: c.Keys, Clock: x.clock, Log: x.log})
}

// shutter tells when what presses Capture is not there, or not ours alone. The screen's own button works on without it, so
// nothing of this is worse than a warning.
func (w *watch) shutter() {
	if !w.parts.shutter.Configured() {
		return
	}
	status := w.parts.shutter.Status()
	check := health.Check{Level: health.Warn, Key: status.Key, Params: status.Params, Who: health.IT}
	switch status.Key {
	case shutter.StateReady:
		check.Level, check.Who = health.OK, health.Nobody
	case shutter.StateAbsent:
		check.Who = health.HCA
	}
	w.box.health.Set("shutter", check)
}

// pressing is a page's place at the shutter as the kiosk needs it.
type pressing struct{ *shutter.Subscription }

// presses is the shutter as the kiosk needs it.
type presses struct{ *shutter.Service }

func (p presses) Subscribe() kiosk.PressSubscription { return pressing{p.Service.Subscribe()} }

// Next gives the number of the next press.
func (p pressing) Next(ctx context.Context) (uint64, error) {
	press, err := p.Subscription.Next(ctx)
	return press.ID, err
}
