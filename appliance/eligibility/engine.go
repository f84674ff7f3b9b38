package eligibility

import (
	"fmt"
	"time"

	"dermbox/appliance"
)

// Facts are what the rules read besides the case. The zero Facts are the unsafe box: nothing is ready or allowed.
type Facts struct {
	ModelReady      bool      // a model is installed, verified, in date, and passed its self-test
	OpticsAllowed   bool      // the model was validated with the camera and dermatoscope in use
	FieldMM         float64   // diameter of the dermatoscope's field; 0 not known
	QualityHardFail bool      // no still is usable: each failed a hard quality measure
	LesionCap       int       // lesions of one visit that the service allows; 0 not known
	Now             time.Time // for ages: what the clock shows
	Reached         time.Time // the latest time that is known to have been reached; the rules expire at it or at Now, whichever is later
}

// Engine evaluates one set of rules. It never changes after Load and is safe for concurrent use. A nil Engine is a set that
// could not be loaded: it excludes every lesion.
type Engine struct {
	set    ruleSet
	digest string
	guards []guard // stops
	doubts []guard // doubts
}

// brokenRule is what stands for the rules when they cannot be used: a fault of the AI's own parts.
const brokenRule = "X22"

// Version names the rules as findings record them: id and version, for example "dermbox-default/1"; "none" if there are none.
func (e *Engine) Version() string {
	if e == nil {
		return "none"
	}
	return fmt.Sprintf("%s/%d", e.set.ID, e.set.Version)
}

// Digest is "sha256:..." of the signed rules' exact bytes, "" if there are none.
func (e *Engine) Digest() string {
	if e == nil {
		return ""
	}
	return e.digest
}

// ExpiresAt says until when the rules may be used; zero for ever, or if there are none.
func (e *Engine) ExpiresAt() time.Time {
	if e == nil {
		return time.Time{}
	}
	return e.set.ExpiresAt
}

// Before gives the rules that apply to the lesion whatever a model might say, in the order of the file. It is asked before
// capture with what is known then, and again with the still; a later call may give more hits or fewer. A lesion with a hit
// of effect NoAI may not be given to any model.
func (e *Engine) Before(c *appliance.Case, l *appliance.Lesion, f Facts) []appliance.RuleHit {
	if e == nil {
		return broken("rules.none")
	}
	if e.expired(f) {
		return append(broken("rules.expired"), e.evaluate(phaseBefore, &subject{c, l, f, nil})...)
	}
	return e.evaluate(phaseBefore, &subject{c, l, f, nil})
}

// expired says whether the rules' time has passed; there are rules.
func (e *Engine) expired(f Facts) bool {
	end := e.set.ExpiresAt
	return !end.IsZero() && (!f.Now.Before(end) || !f.Reached.Before(end))
}

// After gives the rules that apply to a model's answer: set is the classes over their thresholds. A hit of effect AfterAI
// means that the answer counts as none.
func (e *Engine) After(c *appliance.Case, l *appliance.Lesion, set []appliance.Class) []appliance.RuleHit {
	if e == nil {
		return broken("rules.none")
	}
	return e.evaluate(phaseAfter, &subject{c, l, Facts{}, set})
}

func broken(key string) []appliance.RuleHit {
	return []appliance.RuleHit{{Rule: brokenRule, Effects: []appliance.Effect{appliance.NoAI}, Key: key, Source: "dermbox"}}
}

func (e *Engine) evaluate(p phase, s *subject) []appliance.RuleHit {
	var hits []appliance.RuleHit
	for i := range e.set.Rules {
		r := &e.set.Rules[i]
		if r.Phase != p {
			continue
		}
		truth := r.When.evaluate(s)
		if truth == no {
			continue
		}
		hit := appliance.RuleHit{
			Rule: r.ID, Effects: append([]appliance.Effect(nil), r.Effects...), Unknown: truth == unknown, Key: r.Key, Source: r.Source,
		}
		if r.When.aboutLesion() {
			hit.LesionID = s.lesion.ID
		}
		hits = append(hits, hit)
	}
	return hits
}

// Has says whether any hit has the effect.
func Has(hits []appliance.RuleHit, effect appliance.Effect) bool {
	for _, h := range hits {
		for _, e := range h.Effects {
			if e == effect {
				return true
			}
		}
	}
	return false
}
