package camera

import "dermbox/appliance"

// The states of a camera, as keys of the catalogue. Only StateReady lets a picture be taken.
const (
	StateOpening     = "camera.state.opening"     // the worker is starting or opening it
	StateReady       = "camera.state.ready"       // good frames come
	StateStalled     = "camera.state.stalled"     // it is open, and no frame has come for a second
	StateUnreachable = "camera.state.unreachable" // it cannot be opened, or went away
	StateWrongSize   = "camera.state.wrong_size"  // frames come in another size than asked for
	StateDamaged     = "camera.state.damaged"     // the frames that come are damaged
	StateFrozen      = "camera.state.frozen"      // the same picture comes again and again
	StateNoWorker    = "camera.state.no_worker"   // the imaging worker cannot run, or was built without OpenCV
	StateStopped     = "camera.state.stopped"     // the client does not run
)

// State is how the camera stands, for the health page and for refusals.
type State struct {
	Key    string            `json:"key"`              // one of the State constants
	Params map[string]string `json:"params,omitempty"` // for the sentence's placeholders
	Since  appliance.Stamp   `json:"since"`            // when Key became so
}

// Ready says whether a picture can be taken.
func (s State) Ready() bool { return s.Key == StateReady }
