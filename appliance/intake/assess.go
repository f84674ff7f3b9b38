package intake

import (
	"context"
	"errors"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// assessing is one lesion that the model has; done is closed when its finding is durable or given up.
type assessing struct {
	done   chan struct{}
	cancel context.CancelFunc
}

// patience bounds one assessment: sign-off never waits longer for a lesion (decision 13).
const patience = 20 * time.Second

// assess starts the assessment of the still's lesion unless a rule forbids it. The caller holds the visit's lock; the
// answer is written under it later. A newer still of the lesion replaces the one being judged.
func (s *Service) assess(v *visit, c *appliance.Case, still Still) {
	lesion, ok := c.Lesion(still.Capture.LesionID)
	if !ok {
		return
	}
	if old, ok := v.pending[lesion.ID]; ok {
		old.cancel()
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	a := &assessing{done: make(chan struct{}), cancel: cancel}
	v.pending[lesion.ID] = a
	id, lesionID := c.ID, lesion.ID
	forbidden := !s.mayJudge(c, lesion)
	s.wg.Go(func() {
		defer cancel()
		defer close(a.done)
		if forbidden {
			s.record(id, lesionID, a, Answer{}, nil)
			return
		}
		answer, err := s.ask(ctx, still)
		s.record(id, lesionID, a, answer, err)
	})
}

// ask decodes the original still and asks the model.
func (s *Service) ask(ctx context.Context, still Still) (Answer, error) {
	rgb, width, height, err := s.Judge.Decode(ctx, still.JPEG)
	if err != nil {
		return Answer{}, err
	}
	return s.Model.Assess(ctx, rgb, width, height, still.Capture.Camera.Optics)
}

// record writes the lesion's finding as a durable commit. An answer that comes after sign-off, or after a newer still was
// taken, is logged and not used.
func (s *Service) record(id appliance.CaseID, lesionID appliance.LesionID, a *assessing, answer Answer, failure error) {
	v := s.visit(id)
	v.Lock()
	defer v.Unlock()
	if v.pending[lesionID] != a {
		s.Log.Info("late answer of the model not used", "case", id)
		return
	}
	delete(v.pending, lesionID)
	ctx := context.WithoutCancel(s.ctx)
	c, err := s.Cases.Case(ctx, id)
	if err != nil || !c.State.Open() {
		s.Log.Info("late answer of the model not used", "case", id)
		return
	}
	lesion, ok := c.Lesion(lesionID)
	if !ok {
		return
	}
	finding := s.finding(c, lesion, answer, failure)
	putFinding(c, finding)
	act := Act{Actor: "dermboxd", Action: "ai.finding", Outcome: string(finding.Status), Reason: finding.Reason,
		Versions: map[string]string{"model": finding.Model.Digest, "rules": finding.RulesVersion}}
	if err := s.Cases.Save(ctx, c, act); err != nil {
		s.Log.Error("finding not saved; the lesion stays not assessed", "case", id, "code", appliance.CodeOf(err))
	}
}

// finding says what follows for a lesion from rules and model: everything a reader needs to see why.
func (s *Service) finding(c *appliance.Case, l *appliance.Lesion, answer Answer, failure error) appliance.Finding {
	hits := s.Rules.Before(c, l, s.facts(c, l))
	f := appliance.Finding{
		LesionID: l.ID, Status: appliance.NotAssessed, RulesVersion: s.Rules.Version(), At: s.Clock.Now(),
		Model: answer.Model, Classes: answer.Results, Class: answer.Class, TookMS: answer.TookMS,
	}
	if still, ok := lastDermoscopic(c, l.ID); ok {
		f.Captures, f.Optics = []appliance.CaptureID{still.ID}, still.Camera.Optics
	}
	judged := failure == nil && len(answer.Results) > 0
	if judged {
		hits = append(hits, s.Rules.After(c, l, answer.Set)...)
	}
	f.Hits = hits
	switch {
	case eligibility.Has(hits, appliance.NoAI), eligibility.Has(hits, appliance.AfterAI):
		f.Reason = firstRule(hits)
		f.Class = ""
	case failure != nil:
		f.Reason, f.Class = reasonOf(failure), ""
	case !judged:
		f.Reason = "finding.reason.not_asked"
	default:
		f.Status = appliance.Assessed
	}
	f.Route, f.Discordant = eligibility.Route(c.Site.Pathway, *l, f.Status, f.Class, hits)
	return f
}

// facts gathers what the rules read besides the case itself.
func (s *Service) facts(c *appliance.Case, l *appliance.Lesion) eligibility.Facts {
	_, ready := s.Model.Ready()
	facts := eligibility.Facts{ModelReady: ready, LesionCap: s.LesionCap, Now: s.Clock.Now().Wall}
	camera, ok := s.Camera.Optics()
	if still, kept := lastDermoscopic(c, l.ID); kept {
		camera, ok = still.Camera, true
		facts.QualityHardFail = still.Quality.HardFail
	}
	if ok {
		facts.OpticsAllowed, facts.FieldMM = s.Model.Allows(camera.Optics), camera.FieldMM
	}
	return facts
}

func putFinding(c *appliance.Case, f appliance.Finding) {
	if old, ok := c.Finding(f.LesionID); ok {
		*old = f
		return
	}
	c.Findings = append(c.Findings, f)
}

// firstRule names the first rule that keeps the model's answer from counting.
func firstRule(hits []appliance.RuleHit) string {
	for _, h := range hits {
		if eligibility.Has([]appliance.RuleHit{h}, appliance.NoAI) || eligibility.Has([]appliance.RuleHit{h}, appliance.AfterAI) {
			return h.Rule
		}
	}
	return ""
}

func reasonOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "finding.reason.timeout"
	}
	return keyOf(err)
}

func asError(err error) (*appliance.Error, bool) { return errors.AsType[*appliance.Error](err) }

// mayJudge says whether the model may be asked about the lesion now.
func (s *Service) mayJudge(c *appliance.Case, l *appliance.Lesion) bool {
	return eligibility.MayJudge(c.Site.Pathway, s.Rules.Before(c, l, s.facts(c, l)))
}
