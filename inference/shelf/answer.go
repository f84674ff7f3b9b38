package shelf

import (
	"time"

	"dermbox/appliance"
	"dermbox/inference"
)

// Listing is what the box says of its packs, to dermboxctl and to whoever reads its JSON.
type Listing struct {
	Running bool                `json:"running"`            // the daemon answered; false: read from the disk
	Models  []Line              `json:"models"`             // by id, the newest version first
	InForce *appliance.ModelAct `json:"in_force,omitempty"` // the record that put the model in force
	State   *State              `json:"state,omitempty"`    // of the model in force; only the daemon knows
	// Settings says what became of the pack that the settings name, where it is not the one in force.
	Settings *Notice `json:"settings,omitempty"`
}

// State is how the model in force stands.
type State struct {
	Ready    bool      `json:"ready"`
	Key      string    `json:"key,omitempty"` // why it is not
	Sentence string    `json:"sentence,omitempty"`
	Engine   string    `json:"engine,omitempty"`
	SelfTest time.Time `json:"self_test,omitzero"` // when it last gave its known answers
	Restarts int       `json:"restarts"`           // of its worker
}

// Line is one pack of the shelf.
type Line struct {
	ID        string               `json:"id"`
	Version   int                  `json:"version"`
	Digest    string               `json:"digest"`
	Name      string               `json:"name,omitempty"`
	Status    string               `json:"status,omitempty"`
	ExpiresAt time.Time            `json:"expires_at,omitzero"`
	Optics    []appliance.OpticsID `json:"optics,omitempty"`
	Pathways  []appliance.Pathway  `json:"pathways,omitempty"`
	KeyID     string               `json:"key_id,omitempty"`
	InForce   bool                 `json:"in_force"`
	Previous  bool                 `json:"previous"` // what a rollback goes back to
	Trouble   *Notice              `json:"trouble,omitempty"`
}

// Notice is something that people should know.
type Notice struct {
	Key      string `json:"key"`
	Sentence string `json:"sentence"`
}

// Change is what came of an order about models.
type Change struct {
	Model    appliance.ModelRef `json:"model"`
	Previous appliance.ModelRef `json:"previous,omitzero"`
	Changed  bool               `json:"changed"` // false: it was so already
	Trial    *Trial             `json:"trial,omitempty"`
	Notices  []Notice           `json:"notices,omitempty"`
}

// Trial is what a pack showed in a worker of its own.
type Trial struct {
	Engine          string  `json:"engine"`
	Vectors         int     `json:"golden_vectors"`
	WorstDifference float64 `json:"worst_difference"`
	LoadMS          float64 `json:"load_ms"`
	RunMS           float64 `json:"run_ms"`
	RSS             int64   `json:"rss"` // bytes
}

// TrialOf gives a trial as it is told.
func TrialOf(t inference.Trial) *Trial {
	told := Trial(t)
	return &told
}

// Lines describes the entries of a shelf by the record that says which of them is in force.
func Lines(entries []Entry, now appliance.ModelAct) []Line {
	lines := make([]Line, len(entries))
	for i, e := range entries {
		l := Line{ID: e.ID, Version: e.Version, Digest: e.Digest, InForce: e.Digest == now.Model.Digest, Previous: e.Digest == now.Previous.Digest}
		if e.Pack != nil {
			m := e.Pack.Manifest
			l.Name, l.Status, l.ExpiresAt, l.Pathways, l.KeyID = m.Name, string(m.Status), m.ExpiresAt, m.Pathways, e.Pack.KeyID
			for _, o := range m.Optics {
				l.Optics = append(l.Optics, o.ID)
			}
		}
		lines[i] = l
	}
	return lines
}
