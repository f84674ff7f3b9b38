package daemon

import (
	"context"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/shelf"
)

// models decides which model is in force: it joins the shelf, the desk that judges, and the records. The record of an activation is
// the activation: it is durable before the new model judges, and a crash at any moment leaves the old one or the new one.
type models struct {
	x       *box
	desk    *inference.Desk
	options inference.ClientOptions // of every worker, without a pack
	optics  func() appliance.OpticsID
	turn    chan struct{} // holds one token: one order at a time

	benching sync.Mutex // held while the model is timed

	mu       sync.Mutex
	act      appliance.ModelAct // that put the model in force
	unknown  error              // why nobody knows which was in force; nil: it is known
	settings error              // why the settings' pack was not taken; nil: it was, nobody tried, or somebody has chosen since
	chosen   bool               // somebody put a model in force since the start: the settings' pack has had its turn
	told     string             // the last refusal of the daemon's own orders: what is tried again is recorded once
}

func newModels(x *box, o inference.ClientOptions) *models {
	m := &models{x: x, options: o, turn: make(chan struct{}, 1), act: x.signed.model.act, unknown: x.signed.model.unknown,
		optics: func() appliance.OpticsID { return "" }}
	o.Pack, o.Refused = x.signed.model.pack, x.signed.model.refused
	m.desk = inference.NewDesk(o)
	x.signed.model.pack = nil // the desk has it; it must not stay when another judges
	return m
}

// order is who wants something done, and why.
type order struct {
	actor  string // "uid:0", or "dermboxd" itself
	reason string // a code, may be empty
	older  bool   // an older version of the model in force may be activated
}

func (o order) act(action string) appliance.ModelAct {
	return appliance.ModelAct{Action: action, Actor: o.actor, Reason: o.reason}
}

// begin waits for the turn of an order; the caller calls end.
func (m *models) begin(ctx context.Context) error {
	select {
	case m.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return appliance.E(appliance.Unavailable, "daemon.models_busy", ctx.Err())
	}
}

func (m *models) end() { <-m.turn }

// inForce gives the record of the model in force, the zero act where there is none.
func (m *models) inForce() appliance.ModelAct {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.act
}

// refuse records that an order was refused, and gives the reason back.
func (m *models) refuse(ctx context.Context, act appliance.ModelAct, err error) error {
	act.Outcome, act.Key = string(appliance.CodeOf(err)), key(err)
	if act.Actor == self.actor {
		m.mu.Lock()
		again := m.told == act.Key
		m.told = act.Key
		m.mu.Unlock()
		if again {
			return err
		}
	}
	m.x.log.Warn("order about models refused", "action", act.Action, "model", act.Model.ID, "version", act.Model.Version, "reason", act.Key, "error", err)
	if failed := m.x.store.SaveModelAct(context.WithoutCancel(ctx), act); failed != nil {
		m.x.log.Error("the refusal is not recorded", "code", appliance.CodeOf(failed))
	}
	return err
}

// try has the pack's model show in a worker of its own that it loads, knows its answers and judges a photograph.
func (m *models) try(ctx context.Context, p *pack.Pack) (*shelf.Trial, error) {
	o := m.options
	o.Pack = p
	t, err := inference.Try(ctx, o)
	if err != nil {
		return nil, err
	}
	return shelf.TrialOf(t), nil
}

// activate puts a pack of the shelf in force, as an activation or a rollback. Tried is what it has just shown, nil to try it now.
// The caller has the turn.
func (m *models) activate(ctx context.Context, p *pack.Pack, act appliance.ModelAct, older bool, tried *shelf.Trial) (shelf.Change, error) {
	before := m.inForce()
	act.Model, act.Previous = p.Ref(""), before.Model
	if before.Model.Digest == p.Digest { // put in force anew: a rollback still goes where it went
		act.Previous = before.Previous
	}
	change := shelf.Change{Model: act.Model, Previous: act.Previous, Trial: tried}
	err := m.x.fit(p)
	if err == nil && !older && olderThan(p, before.Model) {
		err = appliance.E(appliance.Conflict, "daemon.model_older", nil, "model", p.Manifest.ID, "version", act.Model.Version, "active", before.Model.Version)
	}
	if err == nil && tried == nil {
		change.Trial, err = m.try(ctx, p)
	}
	if err != nil {
		return change, m.refuse(ctx, act, err)
	}
	act.Outcome = "ok"
	err = m.desk.Switch(ctx, p, func(engine string) error {
		act.Model.Engine, act.At = engine, m.x.clock.Now()
		return m.enact(ctx, act)
	})
	if err != nil {
		return change, m.refuse(ctx, act, err)
	}
	m.x.log.Info("model in force", "action", act.Action, "model", act.Model.ID, "version", act.Model.Version, "digest", act.Model.Digest, "engine", act.Model.Engine)
	change.Model, change.Changed, change.Notices = act.Model, true, m.notices(p)
	return change, nil
}

// enact makes the record of an activation, from which on its model is the one in force: the one before may finish its stills for a
// while longer, but begins none.
func (m *models) enact(ctx context.Context, act appliance.ModelAct) error {
	if err := m.x.store.SaveModelAct(context.WithoutCancel(ctx), act); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.act, m.unknown = act, nil
	m.settings, m.chosen = nil, m.chosen || act.Actor != self.actor // what the settings say is settled
	return nil
}

// judging says whether the pack with this digest is the one that judges now.
func (m *models) judging(digest string) bool {
	ref, ok := m.desk.Client().Model()
	return ok && ref.Digest == digest && m.inForce().Model.Digest == digest
}

// expiryNotice is how long before its end IT is told that a model runs out.
const expiryNotice = 30 * 24 * time.Hour
