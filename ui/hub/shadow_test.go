package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Each rule that hit stands with its effect, its sentence and its source.
func TestRulesSayEverything(t *testing.T) {
	x := newRig(t)
	f := &x.cases.detail.Case.Findings[0]
	f.Hits = []appliance.RuleHit{{Rule: "X15", Key: "rules.X15", Source: "NICE HTE24", Effects: []appliance.Effect{appliance.HumanRequired, appliance.NeverLower}}}
	x.signIn()
	_, page := x.do(http.MethodGet, "/cases/"+string(x.cases.detail.Case.ID), nil)
	for _, shown := range []string{"X15", text.T("rules.X15", nil), "NICE HTE24", text.T("rules.effect.human_required", nil), text.T("rules.effect.never_lower", nil)} {
		if !strings.Contains(page, shown) {
			t.Errorf("the page does not show %q", shown)
		}
	}
}

// In SHADOW the model's result touches nobody's care: reviewers do not see it.
func TestShadowShowsNothingOfTheModelsWord(t *testing.T) {
	for _, pathway := range []appliance.Pathway{appliance.Shadow, appliance.TriagePriority} {
		x := newRig(t)
		c := &x.cases.detail.Case
		c.Site.Pathway = pathway
		f := &c.Findings[0]
		f.Reason, f.Hits = "X19", append(f.Hits, appliance.RuleHit{Rule: "X19", Key: "rules.X19", Effects: []appliance.Effect{appliance.AfterAI}})
		x.signIn()
		_, page := x.do(http.MethodGet, "/cases/"+string(c.ID), nil)
		hidden := pathway == appliance.Shadow
		for _, word := range []string{text.T("class.MEL", nil), "71.0 %", text.T("hub.case.discordant", nil), text.T("hub.case.classes", nil), text.T("rules.X19", nil)} {
			if strings.Contains(page, word) == hidden {
				t.Errorf("%s: %q is shown: %v", pathway, word, !hidden)
			}
		}
		if strings.Contains(page, text.T("hub.case.shadow", nil)) != hidden || !strings.Contains(page, "X15") {
			t.Errorf("%s: the page does not say how things are", pathway)
		}
		if f.Class != appliance.Melanoma || len(f.Classes) != 2 || len(f.Hits) != 2 {
			t.Error("the case itself was changed")
		}
	}
}
