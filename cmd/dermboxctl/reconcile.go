package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	trustsync "dermbox/sync"
)

func (t *tool) reconcileCommand() *cobra.Command {
	return t.reading("reconcile", "reconcile", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		var r trustsync.Report
		if err := newDaemon(c.Control.Socket).get(cmd.Context(), "/v1/reconcile", &r); err != nil {
			return err
		}
		if err := t.show(r, func() { t.sayReport(r) }); err != nil {
			return err
		}
		if !r.Agrees() {
			return silent{exitNeedsIT}
		}
		return nil
	})
}

func (t *tool) sayReport(r trustsync.Report) {
	t.say("ctl.reconcile", "device", fmt.Sprint(r.Device), "hub", fmt.Sprint(r.Hub), "equal", fmt.Sprint(r.Equal))
	for _, list := range []struct {
		key string
		ids []appliance.CaseID
	}{{"only_device", r.OnlyDevice}, {"only_hub", r.OnlyHub}, {"different", r.Different}} {
		for _, id := range list.ids {
			t.say("ctl.reconcile."+list.key, "reference", id.Reference(), "id", string(id))
		}
	}
	if r.Agrees() {
		t.say("ctl.reconcile.same")
	}
}

func (t *tool) syncCommand() *cobra.Command {
	return group("sync", "sync", t.leaf("now", "sync.now", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		var answer struct {
			Kicked bool `json:"kicked"`
		}
		if err := newDaemon(c.Control.Socket).call(cmd.Context(), http.MethodPost, "/v1/sync/kick", nil, &answer); err != nil {
			return err
		}
		if !answer.Kicked {
			return appliance.E(appliance.Unavailable, "ctl.sync.off", nil)
		}
		t.say("ctl.sync.now")
		return nil
	}))
}
