package appliance_test

import (
	"testing"

	"dermbox/appliance"
)

func TestNotForClinicalUse(t *testing.T) {
	approved, made := appliance.ModelRef{ID: "a", Status: appliance.Approved}, appliance.ModelRef{ID: "d", Status: "demonstration"}
	for name, c := range map[string]struct {
		models []appliance.ModelRef
		want   string
	}{
		"no model":            {nil, ""},
		"none in force":       {[]appliance.ModelRef{{}}, ""},
		"approved":            {[]appliance.ModelRef{approved, {}}, ""},
		"one is not":          {[]appliance.ModelRef{approved, made}, "demonstration"},
		"does not say":        {[]appliance.ModelRef{{ID: "x"}}, "unknown"},
		"the first that is":   {[]appliance.ModelRef{{ID: "s", Status: "simulation"}, made}, "simulation"},
		"a status of nowhere": {[]appliance.ModelRef{{ID: "x", Status: "trial"}}, "trial"},
	} {
		if got := appliance.NotForClinicalUse(c.models...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A case of before cases had a mark is marked by the models that spoke of it, also where only a single still names one.
func TestUnapproved(t *testing.T) {
	made := appliance.ModelRef{ID: "d", Status: "demonstration"}
	for name, c := range map[string]struct {
		of   appliance.Case
		want string
	}{
		"nothing":           {appliance.Case{Findings: []appliance.Finding{{}}}, ""},
		"its own":           {appliance.Case{NotForClinicalUse: "simulation"}, "simulation"},
		"of a finding":      {appliance.Case{Findings: []appliance.Finding{{}, {Model: made}}}, "demonstration"},
		"of a single still": {appliance.Case{Findings: []appliance.Finding{{Stills: []appliance.StillResult{{Model: made}}}}}, "demonstration"},
		"approved":          {appliance.Case{Findings: []appliance.Finding{{Model: appliance.ModelRef{ID: "a", Status: appliance.Approved}}}}, ""},
	} {
		if got := c.of.Unapproved(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
