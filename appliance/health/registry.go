package health

import (
	"maps"
	"sort"
	"sync"

	"dermbox/appliance"
)

// Level is how bad a check's state is.
type Level string

// The levels, best first.
const (
	OK    Level = "ok"
	Warn  Level = "warn"  // someone should look; the visit can go on
	Error Level = "error" // someone must act; something does not work
)

// worth orders levels; one that is not known counts as Error.
func (l Level) worth() int {
	switch l {
	case OK:
		return 0
	case Warn:
		return 1
	}
	return 2
}

// Who says who must act.
type Who string

// The people who may have to act. Their names are the catalogue's "health.who." + Who.
const (
	Nobody Who = "nobody" // it mends itself
	HCA    Who = "hca"    // whoever is at the kiosk
	IT     Who = "it"     // the site's IT
	Trust  Who = "trust"  // the trust's staff at the hub
)

// Check is the state of one thing as its owner reports it.
type Check struct {
	Level  Level             // OK, Warn or Error
	Key    string            // catalogue key of the sentence that says why and what to do
	Params map[string]string // values for its {placeholders}
	Who    Who               // who must act
}

// State is a check with its name and the time since when it has been so.
type State struct {
	Name   string            `json:"name"` // "camera", "sync", ...
	Level  Level             `json:"level"`
	Key    string            `json:"key"`
	Params map[string]string `json:"params,omitempty"`
	Who    Who               `json:"who"`
	Since  appliance.Stamp   `json:"since"`
}

// Report is the state of all checks at one moment: the worst first, then by name.
type Report struct {
	Level  Level           `json:"level"` // the worst of all; Warn when nothing has reported yet
	At     appliance.Stamp `json:"at"`
	Checks []State         `json:"checks"`
}

// Registry collects checks. It is safe for concurrent use.
type Registry struct {
	clock appliance.Clock

	mu      sync.Mutex
	states  map[string]State
	changed chan struct{} // closed and replaced when a level, a key or who must act changes
}

// New makes an empty Registry.
func New(clock appliance.Clock) *Registry {
	return &Registry{clock: clock, states: map[string]State{}, changed: make(chan struct{})}
}

// Set reports the state of one check. Since stays while level and key stay; values and who must act may change under it.
func (r *Registry) Set(name string, c Check) {
	if c.Level.worth() == Error.worth() {
		c.Level = Error // a level that is not known counts as the worst, the safe side
	}
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	old, known := r.states[name]
	state := State{Name: name, Level: c.Level, Key: c.Key, Params: maps.Clone(c.Params), Who: c.Who, Since: now}
	if known && old.Level == c.Level && old.Key == c.Key {
		state.Since = old.Since
	}
	r.states[name] = state
	if !known || old.Level != c.Level || old.Key != c.Key || old.Who != c.Who {
		r.announce()
	}
}

// Remove forgets a check: the thing that it watched is no longer part of the box.
func (r *Registry) Remove(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.states[name]; known {
		delete(r.states, name)
		r.announce()
	}
}

// Get gives the state of one check.
func (r *Registry) Get(name string) (State, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state, known := r.states[name]
	state.Params = maps.Clone(state.Params)
	return state, known
}

// Changed gives a channel that is closed at the next change; ask again after it. Take it before a Snapshot, so that no
// change is missed between the two.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

func (r *Registry) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Snapshot gives all checks as they stand; the report shares nothing with the registry.
func (r *Registry) Snapshot() Report {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	report := Report{Level: OK, At: now, Checks: make([]State, 0, len(r.states))}
	if len(r.states) == 0 {
		report.Level = Warn
	}
	for _, state := range r.states {
		state.Params = maps.Clone(state.Params)
		report.Checks = append(report.Checks, state)
		if state.Level.worth() > report.Level.worth() {
			report.Level = state.Level
		}
	}
	sort.Slice(report.Checks, func(i, j int) bool {
		a, b := report.Checks[i], report.Checks[j]
		if a.Level.worth() != b.Level.worth() {
			return a.Level.worth() > b.Level.worth()
		}
		return a.Name < b.Name
	})
	return report
}
