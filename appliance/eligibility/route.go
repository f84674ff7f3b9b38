package eligibility

import (
	"slices"

	"dermbox/appliance"
)

// MayJudge says whether a model may be asked about a lesion at all: not in a pathway without AI, and not against a rule.
func MayJudge(pathway appliance.Pathway, hits []appliance.RuleHit) bool {
	return asks(pathway) && !Has(hits, appliance.NoAI)
}

// asks says whether the pathway has a model. One that is not known counts as CAPTURE_ONLY.
func asks(pathway appliance.Pathway) bool {
	switch pathway {
	case appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign:
		return true
	}
	return false
}

// Question is what Route is asked: a lesion, the model's finding on it, the hits of Before and After, and the facts that Before
// was asked with.
type Question struct {
	Pathway appliance.Pathway // the one in force
	Lesion  appliance.Lesion
	Status  appliance.AIStatus
	Class   appliance.Class
	Hits    []appliance.RuleHit
	Facts   Facts
}

// Decision is where a lesion goes and why.
type Decision struct {
	Route      appliance.Route
	Discordant bool   // the history contradicts a benign answer
	Why        string // key of the sentence that says what decided; it may take {class} and {pathway}
}

// Route says where a lesion goes, by the signed table of routes.
//
// Without a usable answer a lesion goes to a dermatologist without AI. An answer can raise that (melanoma and squamous cell
// carcinoma: seen the same working day) and never lower it, but for one case: in pathway SECOND_READ a lesion without a single
// hit, benign, and whose history rules discordance out, goes to a second reader. Pathway SHADOW keeps the answer and ignores it,
// CAPTURE_ONLY has none. AUTONOMOUS_BENIGN lowers nothing on the box: the trust decides on discharge. Rules that are missing or
// out of date route everything to a dermatologist without AI, whatever their table says.
//
// Discordance is what the history says for certain; an answer of unsure, or none, is not reported as one. It still keeps the
// route from being lowered: what is not known counts as the safe side.
func (e *Engine) Route(q Question) Decision {
	if e == nil {
		return Decision{Route: appliance.DermReviewNoAI, Why: "rules.why.no_rules"}
	}
	d := Decision{Discordant: e.discordant(&q)}
	if g := first(e.guards, e, &q); g != nil {
		d.Route, d.Why = g.route(&e.set.Routes), g.why
		return d
	}
	if q.Class != appliance.Benign {
		d.Route, d.Why = e.set.Routes.Classes[q.Class], "rules.why.class"
		return d
	}
	d.Route, d.Why = e.benign(&q)
	return d
}

// benign gives the route of a benign answer that no guard stopped.
func (e *Engine) benign(q *Question) (appliance.Route, string) {
	if q.Pathway != appliance.SecondReadPathway {
		return e.set.Routes.Benign[q.Pathway], "rules.why.benign"
	}
	if g := first(e.doubts, e, q); g != nil {
		return e.set.Routes.Benign[appliance.TriagePriority], g.why
	}
	return e.set.Routes.Benign[appliance.SecondReadPathway], "rules.why.second_read"
}

// discordant says whether a usable benign answer is contradicted. SHADOW records it too: its answers are there to be compared.
func (e *Engine) discordant(q *Question) bool {
	return !e.expired(q.Facts) && q.Status == appliance.Assessed && MayJudge(q.Pathway, q.Hits) && !Has(q.Hits, appliance.AfterAI) &&
		q.Class == appliance.Benign && e.contradicts(q.Lesion)
}

// contradicts says whether the lesion's history speaks against a benign answer: a seven-point score at the threshold (NICE NG12
// 1.7.1), or nodular and growing.
func (e *Engine) contradicts(l appliance.Lesion) bool {
	return l.SevenPoint() >= e.set.Discordance.SevenPoint || l.Nodular == appliance.Yes && l.Growing == appliance.Yes
}

// mayContradict says whether the lesion's history could speak against a benign answer if what is not known were known.
func (e *Engine) mayContradict(l appliance.Lesion) bool {
	return l.SevenPointAtMost() >= e.set.Discordance.SevenPoint || l.Nodular != appliance.No && l.Growing != appliance.No
}

// vocabulary are the classes of domain 1.10 but Benign, most severe first.
var vocabulary = []appliance.Class{appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus}

func inVocabulary(c appliance.Class) bool {
	return c == appliance.Benign || slices.Contains(vocabulary, c)
}
