package appliance_test

import (
	"testing"

	"dermbox/appliance"
)

func TestUrgency(t *testing.T) {
	for route, want := range map[appliance.Route]int{
		appliance.SecondRead: 1, appliance.DermReview: 2, appliance.DermReviewNoAI: 2, appliance.UrgentReview: 3,
		"": 3, "A_LATER_VERSION": 3, // not known: the safe side
	} {
		if got := route.Urgency(); got != want {
			t.Errorf("%q has urgency %d, want %d", route, got, want)
		}
	}
}

func TestMostUrgent(t *testing.T) {
	findings := func(routes ...appliance.Route) *appliance.Case {
		c := &appliance.Case{}
		for _, r := range routes {
			c.Findings = append(c.Findings, appliance.Finding{Route: r})
		}
		return c
	}
	for _, c := range []struct {
		name string
		c    *appliance.Case
		want appliance.Route
	}{
		{"no finding", findings(), appliance.DermReviewNoAI},
		{"one", findings(appliance.SecondRead), appliance.SecondRead},
		{"most urgent wins", findings(appliance.SecondRead, appliance.UrgentReview, appliance.DermReview), appliance.UrgentReview},
		{"a dermatologist before a second reader", findings(appliance.SecondRead, appliance.DermReviewNoAI), appliance.DermReviewNoAI},
	} {
		if got := c.c.MostUrgent(); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestOpenStates(t *testing.T) {
	open := map[appliance.State]bool{appliance.Draft: true, appliance.Identified: true, appliance.Consented: true,
		appliance.HistoryDone: true, appliance.Capturing: true}
	for _, s := range []appliance.State{appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone,
		appliance.Capturing, appliance.Queued, appliance.Sending, appliance.Receipted, appliance.Purgeable, appliance.Purged,
		appliance.Abandoned, appliance.Quarantined, appliance.WrongPatientHold, ""} {
		if got := s.Open(); got != open[s] {
			t.Errorf("%s is open: %v", s, got)
		}
	}
}

func TestLookUps(t *testing.T) {
	c := appliance.Case{
		Lesions:  []appliance.Lesion{{ID: "a"}, {ID: "b"}},
		Captures: []appliance.Capture{{ID: "1", LesionID: "b"}, {ID: "2", LesionID: "a"}, {ID: "3", LesionID: "b"}},
		Findings: []appliance.Finding{{LesionID: "b"}},
	}
	lesion, ok := c.Lesion("b")
	if !ok || lesion != &c.Lesions[1] {
		t.Error("lesion b is not the case's own")
	}
	if _, ok := c.Lesion("c"); ok {
		t.Error("a lesion that is not there")
	}
	if got := c.CapturesOf("b"); len(got) != 2 || got[0].ID != "1" || got[1].ID != "3" {
		t.Errorf("stills %v", got)
	}
	if f, ok := c.Finding("b"); !ok || f != &c.Findings[0] {
		t.Error("finding b is not the case's own")
	}
	if _, ok := c.Finding("a"); ok {
		t.Error("a finding that is not there")
	}
}
