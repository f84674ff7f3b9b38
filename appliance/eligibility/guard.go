package eligibility

import (
	"slices"

	"dermbox/appliance"
)

// guard is one reason for which a model's class does not decide, or does not lower, the route of a lesion. They stand in a list,
// so that a test can take out each of them alone and see a property fail.
type guard struct {
	name  string
	why   string // key of the sentence
	holds func(*Engine, *Question) bool
	route func(*routes) appliance.Route
}

func first(guards []guard, e *Engine, q *Question) *guard {
	for i := range guards {
		if guards[i].holds(e, q) {
			return &guards[i]
		}
	}
	return nil
}

func ineligible(r *routes) appliance.Route { return r.NoAI.Ineligible }
func failed(r *routes) appliance.Route     { return r.NoAI.Failed }
func discordant(r *routes) appliance.Route { return r.NoAI.Discordant }

// without is what holds where the table does not count.
func without(*routes) appliance.Route { return appliance.DermReviewNoAI }

// stops keep the class from deciding, the first that holds. In SHADOW and without AI nothing of the model's may show in the
// route, not even that it failed: these two come before all that looks at the answer.
var stops = []guard{
	{"expired", "rules.why.expired", func(e *Engine, q *Question) bool { return e.expired(q.Facts) }, without},
	{"pathway", "rules.why.pathway", func(_ *Engine, q *Question) bool { return !asks(q.Pathway) }, ineligible},
	{"shadow", "rules.why.shadow", func(_ *Engine, q *Question) bool { return q.Pathway == appliance.Shadow }, ineligible},
	{"no_ai", "rules.why.ineligible", func(_ *Engine, q *Question) bool { return Has(q.Hits, appliance.NoAI) }, ineligible},
	{"after_ai", "rules.why.cannot_judge", func(_ *Engine, q *Question) bool { return Has(q.Hits, appliance.AfterAI) }, failed},
	{"answer", "rules.why.failed", func(_ *Engine, q *Question) bool { return q.Status != appliance.Assessed }, failed},
	{"class", "rules.why.no_class", func(_ *Engine, q *Question) bool { return !inVocabulary(q.Class) }, failed},
	{"discordance", "rules.why.discordant", func(e *Engine, q *Question) bool { return e.discordant(q) }, discordant},
}

// doubts keep a benign answer of pathway SECOND_READ at the dermatologist.
var doubts = []guard{
	{"human_required", "rules.why.human_required", func(_ *Engine, q *Question) bool { return Has(q.Hits, appliance.HumanRequired) }, nil},
	{"never_lower", "rules.why.never_lower", func(_ *Engine, q *Question) bool { return Has(q.Hits, appliance.NeverLower) }, nil},
	{"any_hit", "rules.why.never_lower", func(_ *Engine, q *Question) bool { return slices.ContainsFunc(q.Hits, otherwise) }, nil},
	{"may_contradict", "rules.why.may_contradict", func(e *Engine, q *Question) bool { return e.mayContradict(q.Lesion) }, nil},
}

// otherwise says whether a hit has an effect that no other guard knows, or none: of a later version, or damaged.
func otherwise(h appliance.RuleHit) bool {
	return !Has([]appliance.RuleHit{h}, appliance.HumanRequired) && !Has([]appliance.RuleHit{h}, appliance.NeverLower)
}
