package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/appliance/text"
)

func TestHelpAndExitCodes(t *testing.T) {
	r := newRig(t, "")
	r.call("help").golden(t, "help", 0)
	r.call("help", "exit-codes").golden(t, "help-exit-codes", 0)
	r.call("case").want(t, 0, "List cases", "Show the way")
	r.call("completion", "bash").want(t, 0, "__dermboxctl")
	r.call("version").want(t, 0, "dermboxctl 1.2.3")
	r.call("version", "--json").want(t, 0, `"version": "1.2.3"`)
}

// Each command says what it is for, and each one that only reads has --json.
func TestEveryCommandExplainsItself(t *testing.T) {
	writes := []string{"generate", "trust", "add", "disable", "reset-pin", "now", "sign", "retry", "exit-codes"}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			walk(child)
		}
		if c.Short == "" || strings.HasPrefix(c.Short, "[") {
			t.Errorf("%s says nothing of itself", c.CommandPath())
		}
		if c.Runnable() && !c.HasSubCommands() && !slices.Contains(writes, c.Name()) && c.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", c.CommandPath())
		}
	}
	walk((&tool{}).command())
}

func TestUsageErrors(t *testing.T) {
	r := newRig(t, "")
	for _, args := range [][]string{{"nonsense"}, {"case", "nonsense"}, {"status", "extra"}, {"status", "--no-such"}, {"case", "show"},
		{"provision"}, {"sign", "rules", "x"}, {"case", "list", "--limit", "many"}, {"user", "add", "x"}, {"user", "nonsense"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			r.call(args...).want(t, 2, "dermboxctl: ", "--help")
		})
	}
}

// The keys that are put together when something is said have their sentences too.
func TestComposedSentences(t *testing.T) {
	var keys []string
	for _, s := range allStates {
		keys = append(keys, "ctl.state."+string(s))
	}
	for _, r := range []appliance.Route{appliance.UrgentReview, appliance.DermReview, appliance.DermReviewNoAI, appliance.SecondRead} {
		keys = append(keys, "ctl.route."+string(r))
	}
	for _, l := range []health.Level{health.OK, health.Warn, health.Error} {
		keys = append(keys, "health.level."+string(l))
	}
	for _, w := range []health.Who{health.Nobody, health.HCA, health.IT, health.Trust} {
		keys = append(keys, "health.who."+string(w))
	}
	for _, kind := range []string{"only_device", "only_hub", "different"} {
		keys = append(keys, "ctl.reconcile."+kind)
	}
	for _, fact := range []string{"model_ready", "optics_allowed", "field_mm", "lesion_cap", "at"} {
		keys = append(keys, "ctl.rules.fact."+fact)
	}
	for _, from := range []string{fromCase, fromFlag, assumed} {
		keys = append(keys, "ctl.rules.from."+from)
	}
	for _, key := range keys {
		if !text.Has(key) {
			t.Errorf("no sentence for %s", key)
		}
	}
}
