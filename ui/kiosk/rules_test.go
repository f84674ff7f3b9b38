package kiosk_test

import (
	"net/url"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/kiosk"
)

// The operator reads, before signing off, which rules apply to which lesion, once each, with effect and source.
func TestTheCheckPageSaysWhichRulesApply(t *testing.T) {
	x := newRig(t)
	visit, id, banner, lesion := x.ready()
	x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	no := []appliance.Effect{appliance.NoAI}
	of := appliance.LesionID(lesion)
	x.visits.mu.Lock()
	x.visits.hits = []appliance.RuleHit{{Rule: "X09", Key: "rules.X09", Source: "a protocol", Effects: no, LesionID: of},
		{Rule: "X01", Key: "rules.X01", Source: "a guideline", Effects: no}, {Rule: "X01", Key: "rules.X01", Source: "a guideline", Effects: no},
		{Rule: "X10", Key: "rules.X10", Source: "another", Effects: no, LesionID: "of another lesion"}}
	c := x.visits.cases[id]
	c.Findings = []appliance.Finding{{LesionID: of, Status: appliance.NotAssessed, Hits: []appliance.RuleHit{{Rule: "X19", Key: "rules.X19", Source: "a pack", Effects: []appliance.Effect{appliance.AfterAI}},
		{Rule: "X11", Key: "rules.X11", Source: "corrected since", Effects: no}}}}
	x.visits.mu.Unlock()
	page := x.get(visit + "/check").body
	for shown, times := range map[string]int{text.T("rules.X09", nil): 1, text.T("rules.X01", nil): 1, text.T("rules.X10", nil): 0, text.T("rules.X19", nil): 1,
		text.T("rules.X11", nil): 0, "a protocol": 1, "a guideline": 1, "a pack": 1, text.T("rules.effect.no_ai", nil): 2} {
		if got := strings.Count(page, shown); got != times {
			t.Errorf("%q stands there %d times, want %d", shown, got, times)
		}
	}
	// Once it is signed the finding's own rules count.
	x.want(visit+"/check", allDeclared(banner), visit+"/saved")
	if page := x.get(visit + "/saved").body; !strings.Contains(page, text.T("rules.X11", nil)) || strings.Contains(page, text.T("rules.X09", nil)) {
		t.Error("the saved page does not show the finding's rules")
	}
}

// In SHADOW nobody in the clinic sees the model's word, also where the site shows classes.
func TestShadowShowsNothingOfTheModelsWord(t *testing.T) {
	x := newRig(t, func(o *kiosk.Options) { o.ShowClass = true })
	visit, id, banner, lesion := x.ready()
	x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
	x.visits.mu.Lock()
	c := x.visits.cases[id]
	c.Site.Pathway = appliance.Shadow
	c.Findings = []appliance.Finding{{LesionID: appliance.LesionID(lesion), Status: appliance.Assessed, Class: appliance.Melanoma,
		Hits: []appliance.RuleHit{{Rule: "X19", Key: "rules.X19", Effects: []appliance.Effect{appliance.AfterAI}}}}}
	x.visits.mu.Unlock()
	page := x.get(visit + "/check").body
	x.want(visit+"/check", allDeclared(banner), visit+"/saved")
	page += x.get(visit + "/saved").body
	for _, word := range []string{text.T("class.MEL", nil), text.T("rules.X19", nil)} {
		if strings.Contains(page, word) {
			t.Errorf("%q is shown", word)
		}
	}
}
