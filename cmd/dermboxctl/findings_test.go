package main

import (
	"bytes"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// Wherever a model is named its status stands beside it; only an approved one goes without the warning.
func TestEveryModelStatusHasItsWarning(t *testing.T) {
	for status, warned := range map[pack.Status]bool{pack.Simulation: true, pack.Demonstration: true, pack.Evaluation: true, pack.Approved: false} {
		got := modelOf(appliance.ModelRef{ID: "m", Version: "1", Status: string(status)})
		if !text.Has("model.status."+string(status)) || strings.Contains(got, "not for clinical use") != warned {
			t.Errorf("%s: %s", status, got)
		}
	}
	if got := modelOf(appliance.ModelRef{}); got != "-" {
		t.Errorf("no model is %q", got)
	}
}

// Of a real patient the site's IT is shown the workings and not what was found.
func TestFindingOfARealPatient(t *testing.T) {
	trace := store.Trace{Findings: []appliance.Finding{{Status: appliance.Assessed, Class: appliance.Melanoma, Route: appliance.UrgentReview,
		Hits: []appliance.RuleHit{{Rule: "X15", Key: "rules.X15"}, {Rule: "X20", Key: "rules.X20"}}}}}
	for _, demonstration := range []bool{false, true} {
		var out bytes.Buffer
		trace.Demonstration = demonstration
		(&tool{out: &out}).sayFindings(trace)
		if got := out.String(); strings.Contains(got, string(appliance.Melanoma)) != demonstration ||
			strings.Contains(got, text.T("rules.X15", nil)) != demonstration || !strings.Contains(got, "X20") {
			t.Errorf("demonstration %v: %s", demonstration, got)
		}
	}
}
