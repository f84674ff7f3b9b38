package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

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

// A new command is listed here; one that tells of a case or a model is called above.
func TestEveryCommandIsMarkedOrTellsOfNoCase(t *testing.T) {
	known := []string{"case list", "case show", // these tell of cases
		"alarm close", "alarm list", "device invite", "device list", "exit-codes", "init", "key show", "reconcile", "serve", "user add", "user list", "version"}
	var commands []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if !c.HasSubCommands() {
			commands = append(commands, strings.TrimPrefix(c.CommandPath(), "dermhub "))
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk((&tool{}).command())
	slices.Sort(commands)
	slices.Sort(known)
	if !slices.Equal(commands, known) {
		t.Errorf("the commands are %v\nand the list has %v", commands, known)
	}
}
