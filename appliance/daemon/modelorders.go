package daemon

import (
	"context"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
	"dermbox/inference/shelf"
)

// install verifies and tries a pack and puts it on the shelf. It changes nothing of what is in force, but for a pack that is in force
// by the records and could not run: that is mended at once.
func (m *models) install(ctx context.Context, raw []byte, by order) (shelf.Change, error) {
	if err := m.begin(ctx); err != nil {
		return shelf.Change{}, err
	}
	defer m.end()
	return m.place(ctx, raw, by)
}

// place is install; the caller has the turn.
func (m *models) place(ctx context.Context, raw []byte, by order) (change shelf.Change, err error) {
	act := by.act(appliance.ModelInstall)
	p, err := pack.Read(ctx, raw, m.x.keys)
	if err != nil {
		return change, m.refuse(ctx, act, err)
	}
	act.Model = p.Ref("")
	if err = m.x.fit(p); err == nil {
		_, missing := m.x.shelf.Load(ctx, p.Digest)
		if missing != nil {
			change.Trial, err = m.try(ctx, p)
		}
	}
	if err == nil {
		_, change.Changed, err = m.x.shelf.Install(ctx, raw)
	}
	if err == nil && !change.Changed { // or its removal was recorded, and the file is still there
		var last string
		last, err = m.x.store.LastModelAction(ctx, p.Digest)
		change.Changed = last == appliance.ModelRemove
	}
	if err != nil {
		return change, m.refuse(ctx, act, err)
	}
	change.Model, change.Notices = act.Model, m.notices(p)
	if change.Changed {
		act.Outcome = "ok"
		if err := m.x.store.SaveModelAct(context.WithoutCancel(ctx), act); err != nil {
			return change, err // the next start records it
		}
	}
	if m.inForce().Model.Digest == p.Digest && !m.judging(p.Digest) {
		return change, m.desk.Switch(ctx, p, nil)
	}
	return change, nil
}

// activateNamed puts the pack that a person names in force.
func (m *models) activateNamed(ctx context.Context, name string, by order) (shelf.Change, error) {
	if err := m.begin(ctx); err != nil {
		return shelf.Change{}, err
	}
	defer m.end()
	act := by.act(appliance.ModelActivate)
	e, err := m.x.shelf.Find(ctx, name)
	if err != nil {
		return shelf.Change{}, m.refuse(ctx, act, err)
	}
	if e.Err != nil {
		act.Model = appliance.ModelRef{ID: e.ID, Version: strconv.Itoa(e.Version), Digest: e.Digest}
		return shelf.Change{Model: act.Model}, m.refuse(ctx, act, e.Err)
	}
	if m.judging(e.Digest) && m.desk.Client().State().Ready {
		now := m.inForce()
		return shelf.Change{Model: now.Model, Previous: now.Previous, Notices: m.notices(e.Pack)}, nil
	}
	return m.activate(ctx, e.Pack, act, by.older, nil)
}

// rollback puts the model in force again that was so before the present one.
func (m *models) rollback(ctx context.Context, by order) (shelf.Change, error) {
	if err := m.begin(ctx); err != nil {
		return shelf.Change{}, err
	}
	defer m.end()
	act := by.act(appliance.ModelRollback)
	if err := m.unread(); err != nil {
		return shelf.Change{}, m.refuse(ctx, act, recordAway(err))
	}
	act.Model = m.inForce().Previous
	if act.Model.Digest == "" {
		return shelf.Change{}, m.refuse(ctx, act, appliance.E(appliance.NotFound, "daemon.model_no_previous", nil))
	}
	p, err := m.x.shelf.Load(ctx, act.Model.Digest)
	if err != nil {
		return shelf.Change{Model: act.Model}, m.refuse(ctx, act, err)
	}
	return m.activate(ctx, p, act, true, nil)
}

// remove takes a pack off the shelf that is neither in force nor what a rollback goes back to. Its record is the removal: it is durable
// before the file is deleted, and a file that stays behind is deleted by the next start.
func (m *models) remove(ctx context.Context, name string, by order) (shelf.Change, error) {
	if err := m.begin(ctx); err != nil {
		return shelf.Change{}, err
	}
	defer m.end()
	act := by.act(appliance.ModelRemove)
	e, err := m.x.shelf.Find(ctx, name)
	if err == nil {
		act.Model = appliance.ModelRef{ID: e.ID, Version: strconv.Itoa(e.Version), Digest: e.Digest}
		err = m.removable(e)
	}
	if err != nil {
		return shelf.Change{Model: act.Model}, m.refuse(ctx, act, err)
	}
	act.Outcome = "ok"
	if err := m.x.store.SaveModelAct(context.WithoutCancel(ctx), act); err != nil {
		return shelf.Change{Model: act.Model}, err // nothing was removed
	}
	if err := m.x.shelf.Remove(e); err != nil {
		return shelf.Change{Model: act.Model}, m.refuse(ctx, act, err)
	}
	return shelf.Change{Model: act.Model, Changed: true}, nil
}

// removable says why a pack must stay on the shelf: it is in use, or nobody knows which one is.
func (m *models) removable(e shelf.Entry) error {
	if err := m.unread(); err != nil {
		return appliance.E(appliance.CodeOf(recordAway(err)), "daemon.model_remove_unknown", err)
	}
	now := m.inForce()
	return e.Removable(now.Model.Digest, now.Previous.Digest)
}

// olderThan says whether a pack is an older version of the model.
func olderThan(p *pack.Pack, than appliance.ModelRef) bool {
	version, err := strconv.Atoi(than.Version)
	return err == nil && p.Manifest.ID == than.ID && p.Manifest.Version < version
}

// notices are what people should know of a pack that may run all the same.
func (m *models) notices(p *pack.Pack) []shelf.Notice {
	var list []shelf.Notice
	add := func(key string, params map[string]string) {
		list = append(list, shelf.Notice{Key: key, Sentence: text.T(key, params)})
	}
	if optics := m.optics(); optics != "" {
		if _, ok := p.Manifest.OpticsFor(optics); !ok {
			add("daemon.model_optics", map[string]string{"model": p.Manifest.ID, "optics": string(optics)})
		}
	}
	if left, soon := m.endsSoon(p.Manifest.ExpiresAt); soon {
		add("daemon.model_expires_soon", expiry(p.Manifest, left))
	}
	return list
}

// endsSoon says whether a model's end is near enough for IT to be told, and how far it is.
func (m *models) endsSoon(at time.Time) (left time.Duration, soon bool) {
	left = at.Sub(m.x.clock.Bounded())
	return left, !at.IsZero() && left < expiryNotice
}

func expiry(m pack.Manifest, left time.Duration) map[string]string {
	return map[string]string{"model": m.ID, "version": strconv.Itoa(m.Version), "until": m.ExpiresAt.UTC().Format("02-Jan-2006"),
		"days": strconv.Itoa(int(left / (24 * time.Hour)))}
}
