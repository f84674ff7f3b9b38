package main

import (
	"github.com/spf13/cobra"

	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/text"
)

func (t *tool) healthCommand() *cobra.Command {
	return t.reading("health", "health", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		var report health.Report
		err = newDaemon(c.Control.Socket).get(cmd.Context(), "/v1/health", &report)
		if down(err) {
			report, err = t.healthOfNoDaemon(c), nil
		}
		if err != nil {
			return err
		}
		err = t.show(report, func() {
			t.say("ctl.health", "level", text.T("health.level."+string(report.Level), nil))
			for _, check := range report.Checks {
				t.sayCheck(check)
			}
		})
		if err == nil && unwell(report) {
			return silent{exitUnavailable}
		}
		return err
	})
}

// unwell says whether a part does not work, so that health and status exit with 5.
func unwell(r health.Report) bool { return r.Level != health.OK && r.Level != health.Warn }

// healthOfNoDaemon is the one thing that is known when no daemon runs.
func (t *tool) healthOfNoDaemon(c config.Config) health.Report {
	at := t.stamp()
	return health.Report{Level: health.Error, At: at, Checks: []health.State{{
		Name: "dermboxd", Level: health.Error, Key: "ctl.daemon_down", Params: map[string]string{"socket": c.Control.Socket},
		Who: health.IT, Since: at,
	}}}
}
