package intake

import (
	"context"
	"maps"

	"dermbox/appliance"
)

// SignOff freezes the case and puts it in the outbox. It waits for the model as long as Patience allows, then the lesion
// is "not assessed". Seal is what the page showed: a case that has changed since, by another image for example, is shown again
// first. Pressing twice, or again after a crash, changes nothing and gives the same case.
func (s *Service) SignOff(ctx context.Context, id appliance.CaseID, seal string, op appliance.Operator, d appliance.Declarations) (*appliance.VisitView, error) {
	if err := s.resume(ctx, id); err != nil {
		return nil, err
	}
	if err := s.await(ctx, id); err != nil {
		return nil, err
	}
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
	if signedOff(c) {
		return s.view(ctx, c)
	}
	if err := checkSeal(c, seal); err != nil {
		return nil, err
	}
	if err := checkDeclarations(d); err != nil {
		return nil, err
	}
	if err := s.complete(ctx, c); err != nil {
		return nil, err
	}
	s.place(c)
	clear(v.pending) // what the model has not answered by now is a late answer
	s.settle(c)
	s.mark(c)
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

// resume asks the model about stills that have no answer: the daemon was restarted meanwhile, the model
// was away, or an answer that excluded the lesion was corrected.
func (s *Service) resume(ctx context.Context, id appliance.CaseID) error {
	v, err := s.visit(ctx, id)
	if err != nil {
		return err
	}
	v.Lock()
	defer v.Unlock()
	c, err := s.Cases.Case(ctx, id)
	if err != nil || !c.State.Open() {
		return err
	}
	for i := range c.Lesions {
		l := &c.Lesions[i]
		if !s.mayJudge(c, l) {
			continue
		}
		for _, still := range usable(c, l.ID) {
			if v.pending[still.ID] != nil || s.answered(c, still) {
				continue
			}
			jpeg, err := s.Cases.Image(ctx, id, still.ID)
			if err != nil {
				s.Log.Error("kept still cannot be read again for the model", "case", id, "code", appliance.CodeOf(err))
				continue // the case goes on: a human looks
			}
			s.assess(v, c, Still{JPEG: jpeg, Capture: still})
		}
	}
	return nil
}

// await gives lesions that the model still has the rest of its patience.
func (s *Service) await(ctx context.Context, id appliance.CaseID) error {
	limit := s.Patience
	if limit <= 0 || limit > patience {
		limit = patience
	}
	v, err := s.visit(ctx, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	v.Lock()
	pending := maps.Clone(v.pending)
	v.Unlock()
	for _, a := range pending {
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// complete refuses sign-off while something that the record needs is missing, naming the step.
func (s *Service) complete(ctx context.Context, c *appliance.Case) error {
	attempts, _, err := s.tries(ctx, c.ID)
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

// place stamps where the box stands and who it is by the present facts: the visit may have been begun before the box was enrolled
// or its settings corrected, and the hub takes no case of another trust or site. Room and pathway are the visit's own; but one that may
// lower a route or end in a discharge holds only while it is in force: the pack that it asks for may have gone since.
func (s *Service) place(c *appliance.Case) {
	switch c.Site.Pathway {
	case appliance.SecondReadPathway, appliance.AutonomousBenign:
		if c.Site.Pathway != s.pathway() {
			c.Site.Pathway = appliance.TriagePriority
		}
	}
	c.Site.Trust, c.Site.Code, c.Site.Name, c.Site.LesionCap = s.Site.Trust, s.Site.Code, s.Site.Name, s.LesionCap
	c.DeviceID = s.DeviceID
}

// pathway gives the one in force now: the pack in force may change while the box runs.
func (s *Service) pathway() appliance.Pathway {
	if s.Pathway == nil {
		return s.Site.Pathway
	}
	return s.Pathway()
}

// mark says in the record that a model is not for clinical use: the one in force now, or another that spoke of a lesion.
func (s *Service) mark(c *appliance.Case) {
	inForce, _ := s.Model.Ready()
	c.NotForClinicalUse = appliance.NotForClinicalUse(append(c.Models(), inForce)...)
}

func (s *Service) versions() map[string]string {
	model, _ := s.Model.Ready()
	return map[string]string{"rules": s.Rules.Version(), "model": model.Digest, "software": s.Software}
}

// tries counts the presses for the dermoscopic image of each lesion, whatever came of them, and those of each view that kept
// nothing. A press whose record is damaged is not counted, and keeps nobody here either.
func (s *Service) tries(ctx context.Context, id appliance.CaseID) (counts map[appliance.LesionID]int, failed appliance.Failures, err error) {
	attempts, err := s.Cases.Attempts(ctx, id)
	if appliance.CodeOf(err) == appliance.Unverified {
		s.Log.Error("a record of a press is damaged and not counted", "case", id)
		err = nil
	}
	counts, failed = map[appliance.LesionID]int{}, appliance.Failures{}
	for _, a := range attempts {
		if a.View == appliance.Dermoscopic {
			counts[a.Lesion]++
		}
		if a.Outcome != "kept" {
			if failed[a.Lesion] == nil {
				failed[a.Lesion] = map[appliance.View]int{}
			}
			failed[a.Lesion][a.View]++
		}
	}
	return counts, failed, err
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
// a patient who declined photographs needs none, and a visit that is full takes no more.
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
	if c.Consent.Photography != appliance.Yes || full(c) {
		return appliance.StepCheck
	}
	for _, l := range c.Lesions {
		if _, ok := lastDermoscopic(c, l.ID); !ok && attempts[l.ID] < appliance.EnoughTries {
			return appliance.StepImages
		}
	}
	return appliance.StepCheck
}

// view draws the visit for a screen.
func (s *Service) view(ctx context.Context, c *appliance.Case) (*appliance.VisitView, error) {
	attempts, failed, err := s.tries(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	view := &appliance.VisitView{Case: *c, Banner: bannerOf(c), Seal: sealOf(c), Attempts: attempts, Failed: failed, Step: nextStep(c, attempts)}
	for i := range c.Lesions {
		view.Hits = append(view.Hits, s.Rules.Before(c, &c.Lesions[i], s.facts(c, &c.Lesions[i]))...)
	}
	if v := s.known(c.ID); v != nil {
		// A still that was held under another banner may show somebody else: no page offers it.
		if waiting := v.held.Load(); waiting != nil && waiting.banner == view.Banner {
			view.Held = &appliance.CaptureResult{AttemptID: waiting.attempt.ID, Capture: waiting.still.Capture}
		}
	}
	return view, nil
}
