package daemon

import (
	"context"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/intake"
	"dermbox/appliance/store"
)

// cases is what intake sees of the store.
type cases struct {
	store.Stills
	clock appliance.Clock
}

func (c *cases) event(id appliance.CaseID, a intake.Act) audit.Event {
	return audit.Event{At: c.clock.Now(), Actor: a.Actor, Action: a.Action, Object: string(id), Outcome: a.Outcome, Reason: a.Reason, Versions: a.Versions}
}

func (c *cases) Create(ctx context.Context, x *appliance.Case, a intake.Act) error {
	return c.Store.CreateCase(ctx, x, c.event(x.ID, a))
}

func (c *cases) Save(ctx context.Context, x *appliance.Case, a intake.Act) error {
	return c.Store.SaveCase(ctx, x, c.event(x.ID, a))
}

func (c *cases) Case(ctx context.Context, id appliance.CaseID) (*appliance.Case, error) {
	return c.Store.Case(ctx, id)
}

func (c *cases) Keep(ctx context.Context, x *appliance.Case, capture appliance.Capture, jpeg []byte, a intake.Attempt, act intake.Act) error {
	return c.Stills.Keep(ctx, x, capture, jpeg, c.event(x.ID, act), store.Attempt(a))
}

func (c *cases) Saved(id appliance.CaseID, capture appliance.CaptureID, ms float64) {
	c.Store.NoteSaved(id, capture, ms)
}

func (c *cases) Image(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	return c.Read(ctx, id, capture)
}

func (c *cases) SeenScan(ctx context.Context, scan string) (bool, error) {
	return c.Store.SeenScan(ctx, scan)
}

func (c *cases) Attempt(ctx context.Context, id appliance.CaseID, a intake.Attempt) error {
	return c.Store.SaveAttempt(ctx, id, store.Attempt(a))
}

func (c *cases) Attempts(ctx context.Context, id appliance.CaseID) ([]intake.Attempt, error) {
	stored, err := c.Store.Attempts(ctx, id)
	attempts := make([]intake.Attempt, len(stored))
	for i, a := range stored {
		attempts[i] = intake.Attempt(a)
	}
	return attempts, err
}

func (c *cases) SignOff(ctx context.Context, x *appliance.Case, a intake.Act) error {
	return c.Store.SignOff(ctx, x, x.Route == appliance.UrgentReview, c.event(x.ID, a))
}
