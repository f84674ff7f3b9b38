package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"dermbox/appliance"
)

// The trace goes to the site's IT, who must not learn what a real patient has.
func TestTraceOfARealPatientHoldsNoClinicalContent(t *testing.T) {
	for name, demonstration := range map[string]bool{"live": false, "demonstration": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := &appliance.Case{Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1, Demonstration: demonstration,
				Started: r.clock.Now(), State: appliance.Draft}
			must(t, r.CreateCase(t.Context(), c, act("visit.start")))
			c.Findings = []appliance.Finding{{LesionID: "55555555-5555-4555-8555-555555555555", Status: appliance.Assessed, Class: appliance.Melanoma,
				Route: appliance.UrgentReview, Classes: []appliance.ClassResult{{Label: "mel", Class: appliance.Melanoma, Probability: 0.9, Over: true}},
				Stills: []appliance.StillResult{{Class: appliance.Melanoma}}, RulesVersion: "r/1",
				Hits: []appliance.RuleHit{{Rule: "X15", Key: "rules.X15", Source: "s"}}}}
			must(t, r.SaveCase(t.Context(), c, act("ai.finding")))
			trace, err := r.Trace(t.Context(), c.ID)
			must(t, err)
			raw, err := json.Marshal(trace.Findings)
			must(t, err)
			if f := trace.Findings[0]; f.Status != appliance.Assessed || f.Route != appliance.UrgentReview || f.Hits[0].Rule != "X15" {
				t.Errorf("%+v", f)
			}
			for _, word := range []string{`"MEL"`, `"mel"`, "rules.X15", "probability"} {
				if strings.Contains(string(raw), word) != demonstration {
					t.Errorf("%q in %s", word, raw)
				}
			}
		})
	}
}
