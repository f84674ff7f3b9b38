package intake

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"dermbox/appliance"
)

// oneCase is a store that holds a single case. This is an internal test because what a Service remembers shows nowhere outside.
type oneCase struct {
	Cases
	c appliance.Case
}

func (s *oneCase) Case(_ context.Context, id appliance.CaseID) (*appliance.Case, error) {
	if id != s.c.ID {
		return nil, appliance.E(appliance.NotFound, "storage.case.not_found", nil)
	}
	c := s.c
	return &c, nil
}

func (s *oneCase) Attempts(context.Context, appliance.CaseID) ([]Attempt, error) { return nil, nil }

func (s *oneCase) Save(_ context.Context, c *appliance.Case, _ Act) error {
	s.c = *c
	return nil
}

type stoppedClock struct{}

func (stoppedClock) Now() appliance.Stamp { return appliance.Stamp{Boot: "b"} }
func (stoppedClock) Bounded() time.Time   { return time.Time{} }

type noCamera struct{ Camera }

func (noCamera) Optics() (appliance.Camera, bool) { return appliance.Camera{}, false }

type noModel struct{ Model }

func (noModel) Ready() (appliance.ModelRef, bool) { return appliance.ModelRef{}, false }

// Only open visits are remembered: a box runs for months, and pages ask for what is over or never was.
func TestOnlyOpenVisitsAreRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		state appliance.State
		ask   appliance.CaseID
		want  int
	}{
		"open":      {appliance.Identified, "a", 1},
		"unknown":   {appliance.Identified, "b", 0},
		"queued":    {appliance.Queued, "a", 0},
		"received":  {appliance.Receipted, "a", 0},
		"abandoned": {appliance.Abandoned, "a", 0},
	} {
		t.Run(name, func(t *testing.T) {
			store := &oneCase{c: appliance.Case{ID: "a", State: c.state}}
			s := New(Options{Cases: store, Clock: stoppedClock{}, Camera: noCamera{}, Model: noModel{}, Log: slog.New(slog.DiscardHandler)})
			defer s.Close()
			ctx, op := t.Context(), appliance.Operator{ID: "hca1"}
			known := appliance.Yes
			_, _ = s.History(ctx, c.ask, "x", op, appliance.History{SkinType: "II", Immunosuppressed: known, PreviousSkinCancer: known, FamilyMelanoma: known})
			_, _ = s.Capture(ctx, c.ask, "x", op, "l", appliance.Dermoscopic)
			_, _ = s.KeepPoor(ctx, c.ask, "x", op, "a", "best-possible")
			_, _ = s.SignOff(ctx, c.ask, "x", op, appliance.Declarations{})
			_ = s.Abandon(ctx, c.ask, "x", op, "patient-left")
			if len(s.cases) != c.want {
				t.Errorf("%d visits remembered", len(s.cases))
			}
		})
	}
}
