package intake

import (
	"context"
	"fmt"
	"strconv"

	"dermbox/appliance"
)

// Start opens a draft for the operator. It is refused with Full before anybody is photographed when the disk could not
// take the visit.
func (s *Service) Start(ctx context.Context, op appliance.Operator) (*appliance.VisitView, error) {
	if err := s.Space(); err != nil {
		return nil, err
	}
	c := &appliance.Case{
		Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1,
		Demonstration: s.Demonstration, Site: s.Site, DeviceID: s.DeviceID, Operator: op,
		Started: s.Clock.Now(), Software: s.Software, State: appliance.Draft,
	}
	c.Site.Pathway = s.pathway()
	s.place(c)
	if err := s.Cases.Create(ctx, c, Act{Actor: op.ID, Action: "visit.start", Outcome: "ok"}); err != nil {
		return nil, err
	}
	return s.view(ctx, c)
}

// View gives a visit as it stands.
func (s *Service) View(ctx context.Context, id appliance.CaseID) (*appliance.VisitView, error) {
	c, err := s.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.view(ctx, c)
}

// Identify confirms who the patient is; from here on every page shows the banner. A correction gives a new banner, so
// pages that were drawn before can no longer write. Once answers were taken, another person needs another visit: what one
// patient agreed to and said must not become another's.
func (s *Service) Identify(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, p appliance.Patient, r appliance.Referral) (*appliance.VisitView, error) {
	if err := s.checkPatient(&p, &r); err != nil {
		return nil, err
	}
	return s.change(ctx, id, banner, Act{Actor: op.ID, Action: "patient.identify"}, func(c *appliance.Case) error {
		if len(c.Captures) > 0 {
			// Stills belong to the banner they were taken under: a new identity needs a new visit.
			return appliance.E(appliance.Conflict, "error.visit.has_images", nil)
		}
		if hasAnswers(c) && anotherPerson(&c.Patient, &p) {
			return appliance.E(appliance.Conflict, "error.visit.other_patient", nil)
		}
		c.Patient, c.Referral = p, r
		c.State = advance(c.State, appliance.Identified)
		return nil
	})
}

// Consent records the four decisions. A refusal never ends the case: it changes what may be done in it. Consent to
// photographs that were taken already cannot be taken back within the visit: it is given up, and the images with it.
func (s *Service) Consent(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, consent appliance.Consent) (*appliance.VisitView, error) {
	if err := checkConsent(consent); err != nil {
		return nil, err
	}
	consent.At, consent.TakenBy = s.Clock.Now(), op.ID
	return s.change(ctx, id, banner, Act{Actor: op.ID, Action: "consent.record"}, func(c *appliance.Case) error {
		if consent.Photography != appliance.Yes && len(c.Captures) > 0 {
			return appliance.E(appliance.Conflict, "error.consent.has_images", nil)
		}
		c.Consent = consent
		c.State = advance(c.State, appliance.Consented)
		return nil
	})
}

// History records what the patient reports about themself.
func (s *Service) History(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, h appliance.History) (*appliance.VisitView, error) {
	if err := checkHistory(h); err != nil {
		return nil, err
	}
	return s.change(ctx, id, banner, Act{Actor: op.ID, Action: "history.record"}, func(c *appliance.Case) error {
		c.History = h
		c.State = advance(c.State, appliance.HistoryDone)
		return nil
	})
}

// PutLesion adds a lesion (empty ID) or replaces the answers of one. A lesion that already has stills keeps its site and
// side: what a picture shows is not renamed afterwards (hazards H02, H03). A poor still that waits for a reason is dropped for the
// same cause.
func (s *Service) PutLesion(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, l appliance.Lesion) (*appliance.VisitView, error) {
	if err := checkLesion(l); err != nil {
		return nil, err
	}
	return s.change(ctx, id, banner, Act{Actor: op.ID, Action: "lesion.record"}, func(c *appliance.Case) error {
		if l.ID == "" {
			if len(c.Lesions) >= appliance.MaxLesions {
				return appliance.E(appliance.Conflict, "error.lesion.too_many", nil, "max", strconv.Itoa(appliance.MaxLesions))
			}
			l.ID = appliance.LesionID(appliance.NewID())
			l.Label = fmt.Sprintf("L%d", len(c.Lesions)+1)
			c.Lesions = append(c.Lesions, l)
			return nil
		}
		old, ok := c.Lesion(l.ID)
		if !ok {
			return appliance.E(appliance.NotFound, "error.lesion.unknown", nil)
		}
		if old.Site != l.Site || old.Laterality != l.Laterality {
			if len(c.CapturesOf(l.ID)) > 0 {
				return appliance.FieldError("site", "error.lesion.site_fixed")
			}
			s.drop(id, l.ID)
		}
		l.Label = old.Label
		*old = l
		return nil
	})
}

// Abandon gives a visit up before sign-off; the case stays, with its reason, and never becomes a referral.
func (s *Service) Abandon(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, reason string) error {
	if !abandonReasons[reason] {
		return appliance.FieldError("reason", "error.abandon.reason")
	}
	_, err := s.change(ctx, id, banner, Act{Actor: op.ID, Action: "visit.abandon", Reason: reason}, func(c *appliance.Case) error {
		c.State = appliance.Abandoned
		return nil
	})
	if err == nil {
		s.forget(id)
	}
	return err
}

// Image gives the exact bytes of a kept still.
func (s *Service) Image(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	return s.Cases.Image(ctx, id, capture)
}

// change reads the case, checks that it is open and under the banner ("" until somebody was identified), lets edit alter it and
// commits it with its audit row.
func (s *Service) change(ctx context.Context, id appliance.CaseID, banner string, act Act, edit func(*appliance.Case) error) (*appliance.VisitView, error) {
	v, err := s.visit(ctx, id)
	if err != nil {
		return nil, err
	}
	v.Lock()
	defer v.Unlock()
	c, err := s.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	if c.State != appliance.Draft || banner != "" || !draftActs[act.Action] {
		if err := checkBanner(c, banner); err != nil {
			return nil, err
		}
	}
	if err := edit(c); err != nil {
		return nil, err
	}
	act.Outcome = "ok"
	if err := s.Cases.Save(ctx, c, act); err != nil {
		return nil, err
	}
	return s.view(ctx, c)
}

// draftActs are what may be done to a visit before anybody was identified.
var draftActs = map[string]bool{"patient.identify": true, "visit.abandon": true}

// order is the order in which an ordinary visit goes on; advance never goes back.
var order = map[appliance.State]int{
	appliance.Draft: 0, appliance.Identified: 1, appliance.Consented: 2, appliance.HistoryDone: 3, appliance.Capturing: 4,
}

func advance(now, next appliance.State) appliance.State {
	if order[next] > order[now] {
		return next
	}
	return now
}
