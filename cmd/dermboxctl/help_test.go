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

// What cobra and strconv say of a wrong value is for programmers.
func TestWrongFlagValues(t *testing.T) {
	r := newRig(t, "")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"case", "list", "--limit", "many"}, "dermboxctl: --limit takes a whole number, not “many”."},
		{[]string{"camera", "test", "--frames", "99999999999999999999"}, "--frames takes a whole number, not “99999999999999999999”."},
		{[]string{"status", "--json=perhaps"}, "--json takes true or false, not “perhaps”."},
		{[]string{"case", "list", "--limit"}, "--limit needs a value."},
		{[]string{"model", "bench", "-n", "x"}, "--n takes a whole number"},
	} {
		got := r.call(c.args...)
		got.want(t, 2, c.says, "--help")
		if strings.Contains(got.err, "strconv") || strings.Contains(got.err, "flag needs") {
			t.Error(got.err)
		}
	}
}

// The commands that need a running daemon are those that the help names.
func TestWhatNeedsTheDaemonIsNamed(t *testing.T) {
	help := newRig(t, "").call("help").out
	for _, args := range [][]string{{"reconcile"}, {"camera", "probe"}, {"camera", "test"}, {"camera", "watch"}, {"camera", "calibrate"}, {"camera", "calibrate", "--show"},
		{"sync", "now"}, {"model", "activate", "x"}, {"model", "rollback"}, {"model", "remove", "x"}} {
		newRig(t, "").call(args...).want(t, 5, "dermboxd")
		if args[len(args)-1] == "x" {
			args = args[:2]
		}
		if !strings.Contains(help, args[len(args)-1]) {
			t.Errorf("help does not say that %q needs the daemon", args)
		}
	}
}
