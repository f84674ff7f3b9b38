package intake

import (
	"context"
	"errors"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// assessing is one still that the model has; done is closed when its answer is durable or given up.
type assessing struct {
	done   chan struct{}
	cancel context.CancelFunc
}

// patience bounds one assessment: sign-off never waits longer for a lesion (decision 13).
const patience = 20 * time.Second

// assess starts the assessment of a dermoscopic still unless a rule forbids it. The caller holds the visit's lock; the answer
// is written under it later.
func (s *Service) assess(v *visit, c *appliance.Case, still Still) {
	lesion, ok := c.Lesion(still.Capture.LesionID)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	a := &assessing{done: make(chan struct{}), cancel: cancel}
	v.pending[still.Capture.ID] = a
	id := c.ID
	forbidden := still.Capture.Quality.HardFail || !s.mayJudge(c, lesion)
	started := s.background(func() {
		defer cancel()
		defer close(a.done)
		if forbidden {
			s.record(id, still.Capture, a, nil)
			return
		}
		answer, err := s.ask(ctx, still)
		s.record(id, still.Capture, a, &appliance.StillResult{
			Capture: still.Capture.ID, Model: answer.Model, Class: answer.Class, Classes: answer.Results, Reason: reasonOf(err), TookMS: answer.TookMS,
			Period: answer.Period, OutOfDistribution: answer.OutOfDistribution,
		})
	})
	if !started {
		cancel()
		delete(v.pending, still.Capture.ID)
	}
}

// askedAtOnce is how many stills are decoded and with the model at a time. A visit that is resumed may ask about sixty: all at once
// they would hold a gigabyte, and keep two cores from the live picture.
const askedAtOnce = 2

// ask has the model judge the original still, when it is its turn.
func (s *Service) ask(ctx context.Context, still Still) (Answer, error) {
	select {
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	answer, err := s.Model.Assess(ctx, still.JPEG, still.Capture.Camera.Optics)
	if err == nil && len(answer.Results) == 0 {
		err = appliance.E(appliance.Internal, "finding.reason.not_asked", nil)
	}
	if err == nil && !sensible(answer.Results) { // it could not even be kept: JSON has no word for what is not a number
		return Answer{Model: answer.Model, TookMS: answer.TookMS}, appliance.E(appliance.Internal, "inference.bad_output", nil)
	}
	return answer, err
}

// record writes what came of a still as a durable commit, with the lesion's finding as it is from then on; a nil result is a
// still that no model may see. An answer that comes after sign-off is logged and not used.
func (s *Service) record(id appliance.CaseID, still appliance.Capture, a *assessing, result *appliance.StillResult) {
	v := s.known(id)
	if v == nil {
		s.Log.Info("late answer of the model not used", "case", id)
		return
	}
	v.Lock()
	defer v.Unlock()
	if v.pending[still.ID] != a {
		s.Log.Info("late answer of the model not used", "case", id)
		return
	}
	delete(v.pending, still.ID)
	ctx := context.WithoutCancel(s.ctx)
	c, err := s.Cases.Case(ctx, id)
	if err != nil || !c.State.Open() {
		s.Log.Info("late answer of the model not used", "case", id)
		return
	}
	lesion, ok := c.Lesion(still.LesionID)
	if !ok {
		return
	}
	if result != nil {
		putResult(c, still.LesionID, *result)
	}
	finding := s.finding(c, lesion)
	if v.waitsFor(c, still.LesionID) && finding.Status != appliance.Assessed {
		finding.Status, finding.Reason = appliance.AIPending, ""
	}
	putFinding(c, finding)
	act := Act{Actor: "dermboxd", Action: "ai.finding", Outcome: string(finding.Status), Reason: finding.Reason,
		Versions: map[string]string{"model": finding.Model.Digest, "rules": finding.RulesVersion}}
	if err := s.Cases.Save(ctx, c, act); err != nil {
		s.Log.Error("finding not saved; the lesion stays not assessed", "case", id, "code", appliance.CodeOf(err))
	}
}

// waitsFor says whether the model still has a still of the lesion. The caller holds the visit's lock.
func (v *visit) waitsFor(c *appliance.Case, id appliance.LesionID) bool {
	return slices.ContainsFunc(dermoscopic(c, id), func(still appliance.Capture) bool { return v.pending[still.ID] != nil })
}

// facts gathers what the rules read besides the case itself.
func (s *Service) facts(c *appliance.Case, l *appliance.Lesion) eligibility.Facts {
	_, ready := s.Model.Ready()
	facts := eligibility.Facts{ModelReady: ready, LesionCap: s.LesionCap, Now: s.Clock.Now().Wall, Reached: s.Clock.Bounded()}
	later := facts.Now // a calibration that has run out stays so when the clock falls back
	if facts.Reached.After(later) {
		later = facts.Reached
	}
	camera, ok := s.Camera.Optics()
	if still, kept := lastDermoscopic(c, l.ID); kept {
		camera, ok = still.Camera, true
		facts.QualityHardFail = len(usable(c, l.ID)) == 0
	}
	if ok {
		facts.OpticsAllowed, facts.FieldMM = s.allows(camera, later), camera.FieldMM
	}
	for _, still := range usable(c, l.ID) { // one through other optics is enough: the model was not validated with it
		facts.OpticsAllowed = facts.OpticsAllowed && s.allows(still.Camera, later)
	}
	return facts
}

// allows says whether the model was validated with the camera's optics, and their calibration, where one is recorded, counts.
func (s *Service) allows(camera appliance.Camera, now time.Time) bool {
	return s.Model.Allows(camera.Optics) && !camera.CalibrationExpired(now)
}

func putFinding(c *appliance.Case, f appliance.Finding) {
	if old, ok := c.Finding(f.LesionID); ok {
		*old = f
		return
	}
	c.Findings = append(c.Findings, f)
}

// putResult adds what the model said of a still to its lesion's finding, in place of what it said of it before.
func putResult(c *appliance.Case, id appliance.LesionID, r appliance.StillResult) {
	if _, ok := c.Finding(id); !ok {
		c.Findings = append(c.Findings, appliance.Finding{LesionID: id})
	}
	f, _ := c.Finding(id)
	f.Stills = append(slices.DeleteFunc(f.Stills, func(old appliance.StillResult) bool { return old.Capture == r.Capture }), r)
}

// firstRule names the rule that keeps the model's answer from counting. One that says that no model could have judged anything
// here (declined, other optics) says more than one about this lesion; among equals the order of the file decides.
func firstRule(hits []appliance.RuleHit) string {
	first := ""
	for _, h := range hits {
		if !slices.Contains(h.Effects, appliance.NoAI) && !slices.Contains(h.Effects, appliance.AfterAI) {
			continue
		}
		switch h.Rule {
		case "X16", "X17":
			return h.Rule
		}
		if first == "" {
			first = h.Rule
		}
	}
	return first
}

// reasonOf gives the reason that a finding records for an error of judge or model, "" for none.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "finding.reason.timeout"
	}
	return keyOf(err)
}

func asError(err error) (*appliance.Error, bool) { return errors.AsType[*appliance.Error](err) }

// mayJudge says whether the model may be asked about the lesion now: in the visit's pathway, and in the one that is in force since
// (a pack that was not made for it is asked nothing).
func (s *Service) mayJudge(c *appliance.Case, l *appliance.Lesion) bool {
	return eligibility.MayJudge(s.pathway(), nil) && eligibility.MayJudge(c.Site.Pathway, s.Rules.Before(c, l, s.facts(c, l)))
}
