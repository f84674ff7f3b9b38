package inference

import (
	"errors"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference/pack"
)

// State is how the model stands, for health and for the rules that ask whether one is ready.
type State struct {
	Ready    bool
	Key      string // "" when ready, else the catalogue's key of the reason
	Params   map[string]string
	Restarts int // of the worker, after its first start
}

// State says whether a picture could be judged now, and if not, why.
func (c *Client) State() State {
	k := c.keeper.State()
	err := c.usable()
	if err == nil && k.Phase != worker.Ready {
		err = k.Err
		if err == nil {
			err = appliance.E(appliance.Unavailable, "inference.starting", nil)
		}
	}
	if err == nil {
		return State{Ready: true, Restarts: k.Restarts}
	}
	s := State{Key: "inference.worker", Restarts: k.Restarts}
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		s.Key, s.Params = e.Key, e.Params
	}
	return s
}

// Model names the installed model, and is false when there is none. The engine is empty until a worker is ready.
func (c *Client) Model() (appliance.ModelRef, bool) {
	if c.o.Pack == nil {
		return appliance.ModelRef{}, false
	}
	return c.o.Pack.Ref(c.currentEngine()), true
}

// Manifest gives the installed model's manifest, for Interpret; nil when there is none. It must not be changed.
func (c *Client) Manifest() *pack.Manifest {
	if c.o.Pack == nil {
		return nil
	}
	return &c.o.Pack.Manifest
}

// OpticsAllowed says whether the installed model was validated with these optics (rule X17).
func (c *Client) OpticsAllowed(id appliance.OpticsID) bool {
	if c.o.Pack == nil {
		return false
	}
	_, ok := c.o.Pack.Manifest.OpticsFor(id)
	return ok
}
