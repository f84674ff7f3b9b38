package daemon

import (
	"context"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/inference/pack"
	"dermbox/inference/shelf"
)

// self is the daemon as the one who orders.
var self = order{actor: "dermboxd"}

// mostBroken is how many trials a model that hangs or crashes is given: each may take a minute of a processor.
const mostBroken = 3

// Serve records what an interrupted installation left, brings the settings' pack to the shelf, and puts it in force where no model
// ever was, or where it is new to this box. While none is in force and the trial fails for want of something that may come, such as
// a worker that starts, it is tried again.
func (m *models) Serve(ctx context.Context) error {
	if err := m.awaitRecord(ctx); err != nil {
		return err
	}
	m.found(ctx)
	broke := 0 // trials in which the model itself hung, crashed or wanted too much
	for wait := firstWait; ; wait = min(2*wait, mostWait) {
		err := m.fromSettings(ctx)
		m.mu.Lock()
		none := m.act.Model.Digest == ""
		m.mu.Unlock()
		if e, ok := asError(err); ok && strings.HasPrefix(e.Key, "inference.model.") {
			broke++
		}
		if err == nil || !none || appliance.CodeOf(err) != appliance.Unavailable || broke >= mostBroken {
			<-ctx.Done()
			return ctx.Err()
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// found records packs on the shelf whose installation was cut off between file and record, and deletes those whose removal was cut off
// between record and file.
func (m *models) found(ctx context.Context) {
	list, err := m.x.shelf.Names()
	for _, e := range list {
		done, failed := m.x.store.ModelDone(ctx, appliance.ModelInstall, e.Digest, false)
		if failed == nil && !done { // only what is not recorded is opened
			failed = m.recordFound(ctx, e.Digest)
		}
		if failed == nil {
			failed = m.finishRemoval(ctx, e)
		}
		if err == nil {
			err = failed
		}
	}
	if err != nil {
		m.x.log.Error("the shelf is not recorded; the next start tries again", "code", appliance.CodeOf(err))
	}
}

// finishRemoval deletes a pack whose removal is the last that was done to it.
func (m *models) finishRemoval(ctx context.Context, e shelf.Entry) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.end()
	last, err := m.x.store.LastModelAction(ctx, e.Digest)
	if err != nil || last != appliance.ModelRemove || m.removable(e) != nil {
		return err
	}
	return m.x.shelf.Remove(e)
}

// recordFound records a pack of the shelf that checks; what is wrong with another is told whenever the shelf is listed.
func (m *models) recordFound(ctx context.Context, digest string) error {
	p, err := m.x.shelf.Load(ctx, digest)
	if err != nil {
		return nil //nolint:nilerr // it is no pack, and was never installed
	}
	act := self.act(appliance.ModelInstall)
	act.Outcome, act.Model, act.Reason = "ok", p.Ref(""), "found-on-shelf"
	return m.x.store.SaveModelAct(ctx, act)
}

// fromSettings takes the settings' pack. The error says why it was not taken; where no model is in force, it is the reason of that.
func (m *models) fromSettings(ctx context.Context) error {
	path := m.x.config.Model.Pack
	if path == "" {
		return nil
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.end()
	m.mu.Lock()
	chosen := m.chosen
	m.mu.Unlock()
	if chosen {
		m.x.pending.Store(nil)
		return nil
	}
	err := m.take(ctx, path)
	m.mu.Lock()
	m.settings = err
	m.mu.Unlock()
	if err == nil || appliance.CodeOf(err) != appliance.Unavailable {
		m.x.pending.Store(nil) // it is in force now, or will not come to be: then no pathway rests on it
	}
	if err != nil && ctx.Err() == nil {
		m.x.log.Error("the settings' model pack is not taken", "error", err)
		m.mu.Lock()
		none := m.act.Model.Digest == "" && m.unknown == nil
		m.mu.Unlock()
		if none {
			_ = m.desk.Withdraw(ctx, err) // fails only when the box stops
		}
	}
	return err
}

// take installs the pack in a file and puts it in force where it should be. The caller has the turn.
func (m *models) take(ctx context.Context, path string) error {
	p, err := m.x.fromFile(path)
	if err != nil {
		return err
	}
	now := m.inForce()
	if m.judging(p.Digest) {
		return nil
	}
	known, err := m.x.store.ModelDone(ctx, appliance.ModelActivate, p.Digest, true)
	unknown := m.unread() != nil
	if err != nil || (known || unknown) && now.Model.Digest != p.Digest && (now.Model.Digest != "" || unknown) {
		return err // it had its turn, and since then somebody chose another
	}
	raw, err := pack.ReadFile(path) // what it is now is verified anew
	if err != nil {
		return err
	}
	placed, err := m.place(ctx, raw, self)
	if err != nil || m.judging(p.Digest) {
		return err
	}
	if p, err = m.x.fromShelf(ctx, p.Digest); err != nil {
		return err
	}
	_, err = m.activate(ctx, p, self.act(appliance.ModelActivate), false, placed.Trial)
	return err
}

// settingsRefusal says why the settings' pack was not taken; nil: it was, or there is none.
func (m *models) settingsRefusal() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settings
}
