package main

import (
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
	"dermbox/inference/shelf"
)

const clinicalUse = "not for clinical use"

// exports calls everything that tells of a case or a model for people, with a model of that status.
func (r *rig) exports(status string) map[string]string {
	r.t.Helper()
	if status != appliance.Approved {
		r.status = status
	}
	r.seed()
	r.rules(eligibility.Default())
	c := caseToExplain()
	for i := range c.Findings {
		for j := range c.Findings[i].Stills {
			c.Findings[i].Stills[j].Model.Status = status
		}
		if c.Findings[i].Model.ID != "" {
			c.Findings[i].Model.Status = status
		}
	}
	path := r.caseFile("case.json", c)
	r.daemon(map[string]any{"GET /v1/models": shelf.Listing{Running: true, Models: []shelf.Line{
		{ID: "m", Version: 2, Digest: "sha256:0123456789abcdef", Status: status, InForce: true}}}})
	said := map[string]string{}
	for _, args := range [][]string{{"case", "show", "DX-11111111"}, {"rules", "explain", path}, {"model", "list"}} {
		got := r.call(args...)
		got.want(r.t, 0)
		said[strings.Join(args[:2], " ")] = got.out
	}
	return said
}

func TestEveryExportSaysWhatIsNotForClinicalUse(t *testing.T) {
	for _, status := range []string{"simulation", "demonstration", "evaluation", appliance.Approved} {
		r := newRig(t, "")
		marked := status != appliance.Approved
		for name, out := range r.exports(status) {
			if strings.Contains(out, clinicalUse) != marked {
				t.Errorf("%s, %s:\n%s", status, name, out)
			}
		}
		for _, args := range [][]string{{"case", "show", "DX-11111111", "--json"}, {"rules", "explain", r.path("case.json"), "--json"}} {
			if out := r.call(args...).out; strings.Contains(out, `"not_for_clinical_use": "`+status+`"`) != marked {
				t.Errorf("%s, %v:\n%s", status, args, out)
			}
		}
	}
}

func TestInspectSaysThatAPackIsNotForClinicalUse(t *testing.T) {
	r := newRig(t, "")
	r.call("model", "inspect", "../../firmware/demo/signed/simulation.dermpack").want(t, 0, text.Mark("simulation"))
}

// The list of a box that is a demonstration has no model to name: it is marked as the box's pages are.
func TestTheListOfADemonstrationIsMarked(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	r.call("case", "list").want(t, 0, text.T("ui.simulation", nil))
}
