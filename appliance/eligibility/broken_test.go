package eligibility_test

import (
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

const (
	ineligible  = "the AI never runs for an ineligible lesion"
	skin        = "skin type V, VI or unknown always has a human"
	never       = "immunosuppressed, or nodular and growing, is never lowered"
	empty       = "an empty set is never benign, nor anything else"
	lower       = "never later than without AI but in the one case"
	excluding   = "an effect that excludes keeps the answer out"
	named       = "every rule that applies is named, with effect, source and sentence"
	autonomous  = "AUTONOMOUS_BENIGN lowers nothing"
	contradicts = "a contradicted benign answer goes to a human"
	severity    = "melanoma and squamous cell carcinoma are urgent, and no class is later than a milder one"
)

// breaks is one way to break an engine, with the properties that must fail.
type breaks struct {
	name string
	e    *eligibility.Engine
	want []string
}

// TestEachBreakFailsAProperty: the properties would notice a rule, an effect or a guard that does not work.
func TestEachBreakFailsAProperty(t *testing.T) {
	e := engine(t)
	for _, b := range slices.Concat(brokenRules(e), brokenGuards(e), brokenTables(e)) {
		t.Run(b.name, func(t *testing.T) {
			if len(b.want) == 0 {
				t.Fatal("nobody has said what must fail")
			}
			for _, name := range b.want {
				if failed, _ := violated(b.e, cases, name); failed != name {
					t.Errorf("%q still holds", name)
				}
			}
		})
	}
}

// brokenRules breaks each rule in each way: it is left out, an effect is, or it takes what is not known for a no.
func brokenRules(e *eligibility.Engine) (list []breaks) {
	want := map[string]string{"X15": skin, "X19": empty, "X20": never}
	effects := map[string][]appliance.Effect{"X15": {appliance.HumanRequired, appliance.NeverLower}, "X19": {appliance.AfterAI}, "X20": {appliance.NeverLower}}
	for id := range exclusions {
		want[id], effects[id] = ineligible, []appliance.Effect{appliance.NoAI}
	}
	for id, name := range want {
		list = append(list, breaks{id + " left out", e.WithoutRule(id), []string{name}})
		for _, effect := range effects[id] {
			list = append(list, breaks{id + " without " + string(effect), e.WithoutEffect(id, effect), []string{name}})
		}
		switch id {
		case "X17", "X18", "X19", "X22": // facts of the box: never unknown
		case "X04", "X05": // a site that is not known is kept out by the other rules about sites
			list = append(list, breaks{id + " with unknown as no", e.CertainOnly(id), []string{named}})
		default:
			list = append(list, breaks{id + " with unknown as no", e.CertainOnly(id), []string{name}})
		}
	}
	return list
}

func brokenGuards(e *eligibility.Engine) (list []breaks) {
	unmoved := "CAPTURE_ONLY, SHADOW and what is no pathway are unmoved"
	want := map[string][]string{
		"expired": {"rules that ran out end with a human"}, "pathway": {unmoved}, "shadow": {unmoved},
		"no_ai": {excluding, ineligible}, "after_ai": {excluding, empty}, "answer": {"no answer ends with a human"},
		"class":       {"a class that is not known ends with a human"},
		"discordance": {contradicts}, "human_required": {lower}, "never_lower": {lower}, "any_hit": {lower},
		"may_contradict": {lower},
	}
	for _, name := range e.Guards() {
		list = append(list, breaks{"guard " + name, e.WithoutGuard(name), want[name]})
	}
	return list
}

func brokenTables(e *eligibility.Engine) []breaks {
	return []breaks{
		{"melanoma as any other", e.WithRoute(appliance.Melanoma, appliance.DermReview), []string{severity}},
		{"squamous cell carcinoma as any other", e.WithRoute(appliance.SCC, appliance.DermReview), []string{severity}},
		{"a mild class before a worse one", e.WithRoute(appliance.AK, appliance.UrgentReview), []string{severity}},
		{"a class to the second reader", e.WithRoute(appliance.AtypicalNaevus, appliance.SecondRead), []string{lower}},
		{"benign lowered in TRIAGE_PRIORITY", e.WithBenign(appliance.TriagePriority, appliance.SecondRead), []string{lower}},
		{"benign lowered in AUTONOMOUS_BENIGN", e.WithBenign(appliance.AutonomousBenign, appliance.SecondRead), []string{lower, autonomous}},
		{"discordance from four points", e.WithSevenPoint(4), []string{contradicts, lower}},
	}
}
