package inference

import (
	"errors"
	"time"

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

	Engine   string           // that runs the model; "" until a worker is ready
	SelfTest time.Time        // when the golden vectors were last answered rightly; zero: never
	Trouble  *appliance.Error // why the last still got no answer, though the model is ready; nil: it got one
}

// State says whether a picture could be judged now, and if not, why.
func (c *Client) State() State {
	k := c.keeper.State()
	err := c.usable()
	s := c.noted()
	s.Restarts = k.Restarts
	if err == nil {
		err = c.refusal()
	}
	if err == nil && k.Phase != worker.Ready {
		if err = k.Err; err != nil && keyOf(err) != worker.KeyStart {
			err = explain(err)
		}
		if err == nil {
			err = appliance.E(appliance.Unavailable, "inference.starting", nil)
		}
	}
	if err == nil {
		s.Ready = true
		return s
	}
	s.Key, s.Trouble = "inference.worker", nil
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		s.Key, s.Params = e.Key, e.Params
	}
	return s
}

// noted gives what the client has noted about its model.
func (c *Client) noted() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return State{Engine: c.engine, SelfTest: c.tested.Wall, Trouble: c.trouble}
}

func keyOf(err error) string {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return e.Key
	}
	return ""
}

// recovery is how long a worker that died after it had worked is given to come back before lesions are no longer kept for it,
// in nanoseconds. Starting takes well under a second.
const recovery = int64(10 * time.Second)

// Expected says whether Assess may be expected to answer: a worker is ready, the first one is starting, or one that had worked
// died a moment ago. It is false without a usable model, and once a worker could not load it or failed its self-test.
func (c *Client) Expected() bool {
	if c.usable() != nil || c.refusal() != nil {
		return false
	}
	k := c.keeper.State()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case k.Phase == worker.Ready:
		return true
	case k.Phase == worker.Starting && !c.ended:
		return true
	default:
		return c.worked && c.o.Clock.Now().Mono-c.died < recovery
	}
}

// stopped notes when a worker ended, and whether it had been of use.
func (c *Client) stopped(error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended, c.worked, c.died = true, c.engine != "", c.o.Clock.Now().Mono
	c.engine, c.process = "", nil
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
