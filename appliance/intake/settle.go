package intake

import (
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// settle makes every lesion's finding final. Answers may have changed since the model judged: the rules are asked again, and
// a lesion that has become ineligible loses the model's word.
func (s *Service) settle(c *appliance.Case) {
	for i := range c.Lesions {
		putFinding(c, s.finding(c, &c.Lesions[i]))
	}
}

// finding says what follows for a lesion from rules and model: everything a reader needs to see why. Of several stills the
// most severe usable one decides (domain 1.10). What is worse than benign counts even while another still has no answer;
// benign counts only when every usable still was judged so. A lesion that is not eligible keeps nothing of the model's word.
func (s *Service) finding(c *appliance.Case, l *appliance.Lesion) appliance.Finding {
	stills := usable(c, l.ID)
	results := s.doubt(resultsOf(c, l.ID, stills))
	decides, reason := decide(stills, results)
	facts := s.facts(c, l)
	facts.ModelReady = facts.ModelReady || decides != nil // it answered: what became of its worker since changes nothing
	hits := s.Rules.Before(c, l, facts)
	f := appliance.Finding{LesionID: l.ID, Status: appliance.NotAssessed, RulesVersion: s.Rules.Version(), At: s.Clock.Now(),
		ModelState: appliance.ModelReady}
	if !facts.ModelReady {
		f.ModelState = s.Model.State()
	}
	if newest, ok := lastDermoscopic(c, l.ID); ok {
		f.Captures, f.Optics = []appliance.CaptureID{newest.ID}, newest.Camera.Optics
	}
	if eligibility.Has(hits, appliance.NoAI) {
		f.Hits, f.Reason = hits, firstRule(hits)
		f.Route = s.Rules.Route(question(c, l, &f, facts)).Route
		return f
	}
	f.Stills = results
	if decides != nil {
		f.Captures, f.Model, f.Classes, f.TookMS = []appliance.CaptureID{decides.Capture}, decides.Model, decides.Classes, decides.TookMS
		hits = append(hits, s.Rules.After(c, l, setOf(decides))...)
	}
	f.Hits = hits
	switch {
	case eligibility.Has(hits, appliance.AfterAI):
		f.Reason = firstRule(hits)
	case decides != nil:
		f.Status, f.Class = appliance.Assessed, classOf(decides)
	case reason == "" || !eligibility.MayJudge(c.Site.Pathway, hits):
		f.Reason = "finding.reason.not_asked"
	default:
		f.Reason = reason
	}
	if len(stills) == 0 {
		f.Reason = "finding.reason.no_image"
	}
	d := s.Rules.Route(question(c, l, &f, facts))
	f.Route, f.Discordant = d.Route, d.Discordant
	return f
}

// question is what the table of routes is asked about a finding.
func question(c *appliance.Case, l *appliance.Lesion, f *appliance.Finding, facts eligibility.Facts) eligibility.Question {
	return eligibility.Question{Pathway: c.Site.Pathway, Lesion: *l, Status: f.Status, Class: f.Class, Hits: f.Hits, Facts: facts}
}

// usable gives the lesion's dermoscopic stills that a model may see: those without a hard failure of the quality gate.
func usable(c *appliance.Case, id appliance.LesionID) []appliance.Capture {
	return slices.DeleteFunc(dermoscopic(c, id), func(still appliance.Capture) bool { return still.Quality.HardFail })
}

func dermoscopic(c *appliance.Case, id appliance.LesionID) []appliance.Capture {
	return slices.DeleteFunc(c.CapturesOf(id), func(still appliance.Capture) bool { return still.View != appliance.Dermoscopic })
}

// lastDermoscopic gives the lesion's newest dermoscopic still.
func lastDermoscopic(c *appliance.Case, id appliance.LesionID) (appliance.Capture, bool) {
	stills := dermoscopic(c, id)
	if len(stills) == 0 {
		return appliance.Capture{}, false
	}
	return stills[len(stills)-1], true
}

// resultsOf gives what the model said so far about these stills.
func resultsOf(c *appliance.Case, id appliance.LesionID, stills []appliance.Capture) []appliance.StillResult {
	f, ok := c.Finding(id)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.Stills), func(r appliance.StillResult) bool {
		return !slices.ContainsFunc(stills, func(still appliance.Capture) bool { return still.ID == r.Capture })
	})
}

// doubtedReason is why an answer does not count whose model failed the self-test after it.
const doubtedReason = "inference.golden_mismatch"

// doubt notes on answers that their model failed the self-test after them, so that the record says why they do not count. What was
// noted stays: another self-test says nothing of an earlier answer. The results are the caller's own.
func (s *Service) doubt(results []appliance.StillResult) []appliance.StillResult {
	for i := range results {
		if r := &results[i]; r.Reason == "" && r.Period != "" && len(r.Classes) > 0 && s.Model.Doubted(r.Period) {
			r.Reason = doubtedReason
		}
	}
	return results
}

// answered says whether the model has judged a still. One that is doubted is asked about again, but where it was suspected: a later
// answer must not take that back.
func (s *Service) answered(c *appliance.Case, still appliance.Capture) bool {
	results := s.doubt(resultsOf(c, still.LesionID, []appliance.Capture{still}))
	return slices.ContainsFunc(results, func(r appliance.StillResult) bool {
		return len(r.Classes) > 0 && (r.Reason == "" || !harmless(&r))
	})
}
