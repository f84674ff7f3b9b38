package camera

import (
	"log/slog"
	"maps"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// The states of a camera, as keys of the catalogue. Only StateReady lets a picture be taken.
const (
	StateOpening     = "camera.state.opening"      // the worker is starting or opening it
	StateReady       = "camera.state.ready"        // good frames come
	StateStalled     = "camera.state.stalled"      // it is open, and no frame has come for a second
	StateUnreachable = "camera.state.unreachable"  // it cannot be opened, or went away
	StateUnplugged   = "camera.state.unplugged"    // the USB camera is not there
	StateAmbiguous   = "camera.state.ambiguous"    // several USB cameras are what the binding says
	StateUnseen      = "camera.state.unseen"       // what is plugged in cannot be read
	StateDenied      = "camera.state.denied"       // the USB camera is there, and we may not open it
	StateBusy        = "camera.state.busy"         // the USB camera is there, and another program has it for itself
	StateWrongFormat = "camera.state.wrong_format" // it gives another format than asked for
	StateWrongSize   = "camera.state.wrong_size"   // frames come in another size than asked for
	StateSettings    = "camera.state.settings"     // good frames come, and a setting is not as the profile asks
	StateRate        = "camera.state.rate"         // good frames come at another rate than the profile asks for
	StateDamaged     = "camera.state.damaged"      // the frames that come are damaged
	StateFrozen      = "camera.state.frozen"       // the same picture comes again and again
	StateNoWorker    = "camera.state.no_worker"    // the imaging worker cannot run, or was built without OpenCV
	StateStopped     = "camera.state.stopped"      // the client does not run
)

// State is how the camera stands, for the health page and for refusals.
type State struct {
	Key    string            `json:"key"`              // one of the State constants
	Params map[string]string `json:"params,omitempty"` // for the sentence's placeholders
	Since  appliance.Stamp   `json:"since"`            // when Key became so
}

// Ready says whether a picture can be taken and nothing is wrong.
func (s State) Ready() bool { return s.Key == StateReady }

// Live says whether good frames come. With StateSettings and StateRate they do: the picture is worth seeing, a rate that is
// not kept spoils no still, and a press checks the settings that would.
func (s State) Live() bool {
	return s.Key == StateReady || s.Key == StateSettings || s.Key == StateRate
}

// State tells how the camera stands.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Watch gives the state and a channel that is closed when it changes, so that no change between two looks is missed. A
// change between two states in which good frames come is none: a setting that drifts and is set again must not blank the
// live picture each time.
func (c *Client) Watch() (State, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.changed
}

func (c *Client) setState(key string, params ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setStateLocked(key, params...)
}

// setStateLocked moves to a state, with pairs of placeholder and value. Whoever has not taken a frame yet when the good
// frames end does not get it any more.
func (c *Client) setStateLocked(key string, pairs ...string) {
	params := map[string]string{"source": c.o.Source.Name()}
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	if c.state.Key == key {
		if !maps.Equal(c.state.Params, params) {
			c.state.Params = params
			if !c.state.Live() {
				c.changedLocked()
			}
		}
		return
	}
	c.o.Log.Info("camera state", slog.String("from", c.state.Key), slog.String("to", key))
	if !(State{Key: key}).Live() {
		c.hub.Clear()
	}
	steady := c.state.Live() && State{Key: key}.Live()
	c.state = State{Key: key, Since: c.o.Clock.Now(), Params: params}
	if !steady {
		c.changedLocked()
	}
}

// changedLocked tells those who Watch.
func (c *Client) changedLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// lose moves to a state in which no frame counts any more, those included that are still on their way. Whoever waits for
// one is told at once. Where p is given and another worker has the camera by now, nothing is changed.
func (c *Client) lose(p *worker.Process, key string, params ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p != nil && c.current != p {
		return
	}
	c.current = nil
	c.setStateLocked(key, params...)
	for w := range c.waiters {
		delete(c.waiters, w)
		w.done <- outcome{err: c.noFrameLocked(nil)}
	}
}
