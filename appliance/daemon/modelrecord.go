package daemon

import (
	"context"
	"time"

	"dermbox/appliance"
)

// passing says whether the record of the model in force may come to be read later: the record itself is not what is wrong.
func passing(unknown error) bool { return unknown != nil && key(unknown) != "storage.model_record" }

// recordAway gives why nobody knows which model is in force as people are told it.
func recordAway(unknown error) error {
	if passing(unknown) {
		return appliance.E(appliance.Unavailable, "daemon.model_record_away", unknown)
	}
	return unknown
}

// unread says why nobody knows which model is in force; nil: it is known.
func (m *models) unread() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.unknown
}

// awaitRecord reads which model is in force again until that is known, where it could not be read at the start; somebody's activation
// makes it known too. A record that is damaged stays so.
func (m *models) awaitRecord(ctx context.Context) error {
	for wait := firstWait; passing(m.unread()); wait = min(2*wait, mostWait) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := m.readAgain(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readAgain reads which model is in force, and has it judge as a start would. The error is ctx's.
func (m *models) readAgain(ctx context.Context) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.end()
	if _, err := m.x.store.ModelInForce(ctx); passing(err) || !passing(m.unread()) {
		return ctx.Err()
	}
	s := m.x.loadModel(ctx)
	m.mu.Lock()
	m.act, m.unknown = s.act, s.unknown
	m.mu.Unlock()
	if s.unknown == nil {
		m.x.log.Info("the record of the model in force was read at last", "model", s.act.Model.ID, "version", s.act.Model.Version)
	}
	return m.desk.Restore(ctx, s.pack, s.refused)
}
