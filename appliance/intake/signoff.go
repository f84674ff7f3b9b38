package intake

import (
	"context"
	"maps"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// triesBeforeGivingUp is how many presses a lesion needs before the case may go on without an adequate image: then a
// dermatologist sees the patient (domain 1.8).
const triesBeforeGivingUp = 3

// SignOff freezes the case and puts it in the outbox. It waits for the model as long as Patience allows, then the lesion
// is "not assessed". Pressing twice, or again after a crash, changes nothing and gives the same case.
func (s *Service) SignOff(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, d appliance.Declarations) (*appliance.VisitView, error) {
	if err := s.resume(ctx, id); err != nil {
		return nil, err
	}
	s.await(ctx, id)
	v := s.visit(id)
	v.Lock()
	defer v.Unlock()
	c, err := s.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	if signedOff(c) {
		return s.view(ctx, c)
	}
	if err := checkBanner(c, banner); err != nil {
		return nil, err
	}
	if err := checkDeclarations(d); err != nil {
		return nil, err
	}
	if err := s.complete(ctx, c); err != nil {
		return nil, err
	}
	clear(v.pending) // what the model has not answered by now is a late answer
	s.settle(c)
	c.Declarations, c.Operator, c.SignedOff, c.Route = d, op, s.Clock.Now(), c.MostUrgent()
	c.State = appliance.Queued
	act := Act{Actor: op.ID, Action: "case.sign_off", Outcome: "ok", Reason: string(c.Route), Versions: s.versions()}
	if err := s.Cases.SignOff(ctx, c, act); err != nil {
		return nil, err
	}
	s.forget(id)
	s.Signed()
	return s.view(ctx, c)
}

// resume asks the model again for lesions that have a still but no answer: the daemon was restarted meanwhile, the model
// was away, or an answer that excluded the lesion was corrected.
func (s *Service) resume(ctx context.Context, id appliance.CaseID) error {
	v := s.visit(id)
	v.Lock()
	defer v.Unlock()
	c, err := s.Cases.Case(ctx, id)
	if err != nil || !c.State.Open() {
		return err
	}
	for i := range c.Lesions {
		l := &c.Lesions[i]
		if finding, ok := c.Finding(l.ID); ok && finding.Status == appliance.Assessed {
			continue
		}
		if _, ok := v.pending[l.ID]; ok || !s.mayJudge(c, l) {
			continue
		}
		still, ok := lastDermoscopic(c, l.ID)
		if !ok {
			continue
		}
		jpeg, err := s.Cases.Image(ctx, id, still.ID)
		if err != nil {
			s.Log.Error("kept still cannot be read again for the model", "case", id, "code", appliance.CodeOf(err))
			continue // the case goes on: a human looks
		}
		s.assess(v, c, Still{JPEG: jpeg, Capture: still})
	}
	return nil
}

// await gives lesions that the model still has the rest of its patience.
func (s *Service) await(ctx context.Context, id appliance.CaseID) {
	limit := s.Patience
	if limit <= 0 || limit > patience {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	v := s.visit(id)
	v.Lock()
	pending := maps.Clone(v.pending)
	v.Unlock()
	for _, a := range pending {
		select {
		case <-a.done:
		case <-ctx.Done():
			return
		}
	}
}

// settle makes every lesion's finding final. Answers may have changed since the model judged: the rules are asked again,
// and a lesion that has become ineligible loses the model's word. One that was never judged goes to a human.
func (s *Service) settle(c *appliance.Case) {
	for i := range c.Lesions {
		l := &c.Lesions[i]
		old, ok := c.Finding(l.ID)
		if !ok {
			f := s.finding(c, l, Answer{}, context.DeadlineExceeded)
			if len(c.CapturesOf(l.ID)) == 0 && !eligibility.Has(f.Hits, appliance.NoAI) {
				f.Reason = "finding.reason.no_image"
			}
			putFinding(c, f)
			continue
		}
		if old.Status != appliance.Assessed {
			continue
		}
		answer := Answer{Model: old.Model, Results: old.Classes, Class: old.Class, TookMS: old.TookMS}
		for _, r := range old.Classes {
			if r.Over {
				answer.Set = append(answer.Set, r.Class)
			}
		}
		again := s.finding(c, l, answer, nil)
		again.At = old.At
		putFinding(c, again)
	}
}

// complete refuses sign-off while something that the record needs is missing, naming the step.
func (s *Service) complete(ctx context.Context, c *appliance.Case) error {
	attempts, err := s.Cases.Attempts(ctx, c.ID)
	if err != nil {
		return err
	}
	switch step := nextStep(c, attempts); step {
	case appliance.StepCheck, appliance.StepSaved:
		return nil
	default:
		return appliance.FieldError(string(step), "error.sign_off."+string(step))
	}
}

func (s *Service) versions() map[string]string {
	model, _ := s.Model.Ready()
	return map[string]string{"rules": s.Rules.Version(), "model": model.Digest, "software": s.Software}
}

func signedOff(c *appliance.Case) bool { return !c.State.Open() && c.State != appliance.Abandoned }

func checkDeclarations(d appliance.Declarations) error {
	for _, check := range []struct {
		ok    bool
		field string
	}{
		{d.PatientConfirmed, "patient_confirmed"}, {d.LesionsComplete, "lesions_complete"},
		{d.LeafletGiven, "leaflet_given"}, {d.ContactConfirmed, "contact_confirmed"},
	} {
		if !check.ok {
			return appliance.FieldError(check.field, "error.declaration."+check.field)
		}
	}
	return nil
}

// nextStep is the first step of the visit that is not complete. A lesion needs a dermoscopic still, or three honest tries;
// a patient who declined photographs needs none.
func nextStep(c *appliance.Case, attempts map[appliance.LesionID]int) appliance.Step {
	switch {
	case !c.State.Open():
		return appliance.StepSaved
	case c.State == appliance.Draft:
		return appliance.StepPatient
	case c.Consent.Photography == appliance.NotAsked:
		return appliance.StepConsent
	case c.History.SkinType == "":
		return appliance.StepHistory
	case len(c.Lesions) == 0:
		return appliance.StepLesion
	}
	if c.Consent.Photography != appliance.Yes {
		return appliance.StepCheck
	}
	for _, l := range c.Lesions {
		if _, ok := lastDermoscopic(c, l.ID); !ok && attempts[l.ID] < triesBeforeGivingUp {
			return appliance.StepImages
		}
	}
	return appliance.StepCheck
}

// lastDermoscopic gives the lesion's newest dermoscopic still: the one that is judged.
func lastDermoscopic(c *appliance.Case, id appliance.LesionID) (appliance.Capture, bool) {
	stills := c.CapturesOf(id)
	for _, still := range slices.Backward(stills) {
		if still.View == appliance.Dermoscopic {
			return still, true
		}
	}
	return appliance.Capture{}, false
}

// view draws the visit for a screen.
func (s *Service) view(ctx context.Context, c *appliance.Case) (*appliance.VisitView, error) {
	attempts, err := s.Cases.Attempts(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	view := &appliance.VisitView{Case: *c, Banner: bannerOf(c), Attempts: attempts, Step: nextStep(c, attempts)}
	for i := range c.Lesions {
		view.Hits = append(view.Hits, s.Rules.Before(c, &c.Lesions[i], s.facts(c, &c.Lesions[i]))...)
	}
	return view, nil
}
