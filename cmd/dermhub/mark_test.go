package main

import (
	"bytes"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/hub/server"
)

func TestTheHubsExportsSayWhatIsNotForClinicalUse(t *testing.T) {
	for status, marked := range map[string]bool{"": false, appliance.Approved: false, "simulation": true, "demonstration": true, "evaluation": true} {
		var out bytes.Buffer
		tl := &tool{out: &out}
		tl.sayProof(server.CaseProof{Reference: "DX-1", Unapproved: status})
		if strings.Contains(out.String(), "not for clinical use") != marked {
			t.Errorf("case show, %q:\n%s", status, out.String())
		}
		out.Reset()
		tl.sayCases([]line{{Reference: "DX-1"}, {Reference: "DX-2", Demonstration: marked}})
		if strings.Contains(strings.ToLower(out.String()), "not for clinical use") != marked {
			t.Errorf("case list, %q:\n%s", status, out.String())
		}
	}
}
