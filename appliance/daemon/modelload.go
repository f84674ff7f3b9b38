package daemon

import (
	"context"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// modelStanding is the model in force as the records and the shelf have it.
type modelStanding struct {
	act     appliance.ModelAct // that put it in force; the zero act: none ever was, or nobody knows which
	pack    *pack.Pack         // nil: none may run, and refused says why
	refused error
	unknown error // why the record cannot be read, else nil: none may be put in force but by somebody's order
}

// loadModel finds the model in force. What keeps it from running never keeps the box from starting.
func (x *box) loadModel(ctx context.Context) modelStanding {
	if err := x.shelf.Sweep(); err != nil {
		x.log.Warn("what an interrupted installation left cannot be removed", "error", err)
	}
	act, err := x.store.ModelInForce(ctx)
	s := modelStanding{act: act, refused: err, unknown: err}
	switch {
	case passing(err):
		s.refused = recordAway(err)
		x.log.Error("the record of the model in force is not read; it is tried again", "reason", key(err))
	case err != nil:
	case act.Model.Digest != "":
		s.pack, s.refused = x.fromShelf(ctx, act.Model.Digest)
	case x.config.Model.Pack == "":
		s.refused = appliance.E(appliance.NotFound, "daemon.no_pack", nil)
	default:
		var p *pack.Pack
		if p, s.refused = x.fromFile(x.config.Model.Pack); s.refused == nil {
			x.pending.Store(new(p.Manifest))
			s.refused = appliance.E(appliance.Unavailable, "inference.starting", nil)
		}
	}
	if s.refused != nil {
		x.log.Warn("no model is in force", "reason", key(s.refused))
	}
	return s
}

// fromShelf gives a pack of the shelf that may run now.
func (x *box) fromShelf(ctx context.Context, digest string) (*pack.Pack, error) {
	p, err := x.shelf.Load(ctx, digest)
	if err == nil {
		err = x.fit(p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// fromFile gives the pack in a file, if it may run now.
func (x *box) fromFile(path string) (*pack.Pack, error) {
	p, err := pack.Open(path, x.keys)
	if err == nil {
		err = x.fit(p)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// fit says why a verified pack may not judge on this box now.
func (x *box) fit(p *pack.Pack) error {
	return x.fitManifest(&p.Manifest)
}

func (x *box) fitManifest(m *pack.Manifest) error {
	if err := x.fitForMode(m); err != nil {
		return err
	}
	return signed.CheckExpiry(m.Header, x.clock.Bounded()) // a clock that fell back must not bring back what has expired
}
