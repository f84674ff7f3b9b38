package demo

import (
	"context"
	"encoding/json"
	"errors"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Models is what `dermboxctl model list --json` says, as far as it is needed here.
type Models struct {
	Models  []ModelLine         `json:"models"`
	InForce *appliance.ModelAct `json:"in_force"`
	// Settings says why the pack that the settings name was not taken; nil: it was.
	Settings *struct {
		Sentence string `json:"sentence"`
	} `json:"settings"`
	State *struct {
		Ready    bool   `json:"ready"`
		Sentence string `json:"sentence"`
		Engine   string `json:"engine"`
	} `json:"state"`
}

// ModelLine is one pack of the box's shelf.
type ModelLine struct {
	Digest  string               `json:"digest"`
	Optics  []appliance.OpticsID `json:"optics"`
	InForce bool                 `json:"in_force"`
}

// Models asks which model is in force on the box.
func (d *Demo) Models(ctx context.Context) (m Models, err error) {
	out, err := d.ctl(ctx, "", "model", "list", "--json")
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(out, &m)
}

// Model sees to it that the model for what the dermatoscope shows is in force, and prints which model is in force and that it passed its self-test on this machine.
func (d *Demo) Model(ctx context.Context) error {
	if err := d.fitModel(ctx); err != nil {
		return err
	}
	m, err := d.Models(ctx)
	switch {
	case err != nil:
		return err
	case m.InForce == nil || m.State == nil:
		return errors.New("the box names no model in force")
	case !m.State.Ready:
		return errors.New(m.State.Sentence)
	}
	ref := m.InForce.Model
	d.print.Say("demo.model", "id", ref.ID, "version", ref.Version, "status", text.T("model.status."+ref.Status, nil), "engine", m.State.Engine)
	return nil
}
