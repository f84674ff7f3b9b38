package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
	"dermbox/inference"
	"dermbox/inference/shelf"
)

const clinicalUse = "not for clinical use"

// ofCasesAndModels are the commands that tell of a case or a model: each says what is not for clinical use. The others tell of neither.
var (
	ofCasesAndModels = []string{"case list", "case show", "model activate", "model bench", "model evaluate", "model inspect", "model install", "model list", "model pack",
		"model remove", "model rollback", "rules explain", "status"}
	ofNeither = []string{"camera calibrate", "camera list", "camera probe", "camera test", "camera watch", "case retry", "config check", "config sample",
		"config show", "exit-codes", "health", "key generate", "key list", "key trust", "model schema", "model verify", "provision", "quality evaluate",
		"quality fit", "quality score", "reconcile", "rules check", "rules show", "sign", "sync now", "user add", "user disable", "user list",
		"user reset-pin", "verify", "version"}
)

// A new command is put into one of the two lists: one that tells of a case or a model is called below.
func TestEveryCommandIsMarkedOrTellsOfNoCase(t *testing.T) {
	var commands []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.HasSubCommands() {
			commands = append(commands, strings.TrimPrefix(c.CommandPath(), "dermboxctl "))
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk((&tool{}).command())
	known := slices.Concat(ofCasesAndModels, ofNeither)
	slices.Sort(commands)
	slices.Sort(known)
	if !slices.Equal(commands, known) {
		t.Errorf("the commands are %v\nand the lists have %v", commands, known)
	}
}

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
	path, file := r.caseFile("case.json", c), r.write("a.dermpack", "envelope.json: bytes of a pack")
	change := changed()
	change.Model.Status = status
	r.daemon(map[string]any{
		"GET /v1/models": shelf.Listing{Running: true, Models: []shelf.Line{
			{ID: "m", Version: 2, Digest: "sha256:0123456789abcdef", Status: status, InForce: true}}},
		"POST /v1/models?reason=": change, "POST /v1/models/activate": change, "POST /v1/models/rollback": change, "POST /v1/models/remove": change,
		"GET /v1/models/bench?n=7": inference.Bench{Model: change.Model, N: 7},
	})
	said := map[string]string{}
	for _, args := range [][]string{{"case", "show", "DX-11111111"}, {"rules", "explain", path}, {"model", "list"}, {"model", "install", file},
		{"model", "activate", "m"}, {"model", "rollback"}, {"model", "remove", "m/2"}, {"model", "bench", "--n", "7"}} {
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

// The list of a box that is a demonstration has no model to name, and its status may not: they are marked as the box's pages are.
func TestTheListOfADemonstrationIsMarked(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	r.call("case", "list").want(t, 0, text.T("ui.simulation", nil))
	r.call("status").want(t, 5, text.T("ui.simulation", nil))
}
