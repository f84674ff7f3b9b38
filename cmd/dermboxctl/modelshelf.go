package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference/shelf"
)

// modelPatience is how long the daemon may take to try a model and to bring it in force, in the worst case.
const modelPatience = 5 * time.Minute

// modelOrder is a request about models, as the daemon takes it.
type modelOrder struct {
	Name   string `json:"name"`
	Older  bool   `json:"older"`
	Reason string `json:"reason"`
}

// modelDaemon gives the daemon, which alone may change anything about models.
func (t *tool) modelDaemon() (*daemon, error) {
	c, err := t.settings()
	if err != nil {
		return nil, err
	}
	d := newDaemon(c.Control.Socket)
	d.client.Timeout = modelPatience
	return d, nil
}

// needsDaemon says of an order to a daemon that does not run that nothing else carries it out.
func needsDaemon(err error, socket string) error {
	if down(err) {
		return appliance.E(appliance.Unavailable, "ctl.model.needs_daemon", err, "socket", socket)
	}
	return err
}

// meanwhile tells a person what is being done, once it has lasted a moment: what is refused at once was never under way. The
// caller calls over when it is done. It is no part of the answer.
func (t *tool) meanwhile(key string, pairs ...string) (over func()) {
	if t.json {
		return func() {}
	}
	say := func() { fmt.Fprintln(t.errors, sentence(key, pairs...)) }
	if t.quiet <= 0 {
		say()
		return func() {}
	}
	done, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		select {
		case <-time.After(t.quiet):
			say()
		case <-done:
		}
	}()
	return func() { close(done); <-told }
}

func reasonFlag(cmd *cobra.Command, reason *string) *cobra.Command {
	cmd.Flags().StringVar(reason, "reason", "", text.T("ctl.flag.reason", nil))
	return cmd
}

func (t *tool) modelInstallCommand() *cobra.Command {
	var reason string
	return reasonFlag(t.reading("install FILE", "model.install", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		raw, err := t.packFile(args[0])
		if err != nil {
			return err
		}
		d, err := t.modelDaemon()
		if err != nil {
			return err
		}
		over := t.meanwhile("ctl.model.trying")
		var change shelf.Change
		err = d.upload(cmd.Context(), "/v1/models?reason="+url.QueryEscape(reason), raw, &change)
		over()
		if err != nil {
			return needsDaemon(err, d.socket)
		}
		return t.show(change, func() {
			t.sayChange(change, "ctl.model.installed", "ctl.model.installed_already")
			t.say("ctl.model.next", "name", modelName(change.Model))
		})
	}), &reason)
}

func (t *tool) modelActivateCommand() *cobra.Command {
	var q modelOrder
	cmd := t.reading("activate ID[/VERSION]", "model.activate", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		q.Name = args[0]
		return t.order(cmd.Context(), "activate", q, "ctl.model.activated", "ctl.model.activated_already")
	})
	cmd.Flags().BoolVar(&q.Older, "older", false, text.T("ctl.flag.older", nil))
	return reasonFlag(cmd, &q.Reason)
}

func (t *tool) modelRollbackCommand() *cobra.Command {
	var q modelOrder
	return reasonFlag(t.reading("rollback", "model.rollback", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		return t.order(cmd.Context(), "rollback", q, "ctl.model.rolled_back", "ctl.model.activated_already")
	}), &q.Reason)
}

func (t *tool) modelRemoveCommand() *cobra.Command {
	var q modelOrder
	return reasonFlag(t.reading("remove ID/VERSION", "model.remove", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		q.Name = args[0]
		return t.order(cmd.Context(), "remove", q, "ctl.model.removed", "ctl.model.removed")
	}), &q.Reason)
}

// order has the daemon carry out an order about a pack of its shelf.
func (t *tool) order(ctx context.Context, path string, q modelOrder, done, already string) error {
	d, err := t.modelDaemon()
	if err != nil {
		return err
	}
	over := func() {}
	if path != "remove" {
		over = t.meanwhile("ctl.model.trying")
	}
	var change shelf.Change
	err = d.call(ctx, http.MethodPost, "/v1/models/"+path, q, &change)
	over()
	if err != nil {
		return needsDaemon(err, d.socket)
	}
	return t.show(change, func() { t.sayChange(change, done, already) })
}

// sayChange tells what came of an order.
func (t *tool) sayChange(c shelf.Change, done, already string) {
	if !c.Changed {
		done = already
	}
	t.say(done, "name", modelName(c.Model), "digest", c.Model.Digest, "previous", modelName(c.Previous))
	t.sayMark(appliance.NotForClinicalUse(c.Model))
	if trial := c.Trial; trial != nil {
		t.say("ctl.model.trial", "engine", trial.Engine, "vectors", fmt.Sprint(trial.Vectors), "difference", fmt.Sprintf("%.2g", trial.WorstDifference),
			"load", fmt.Sprintf("%.0f", trial.LoadMS), "run", fmt.Sprintf("%.2f", trial.RunMS), "memory", size(trial.RSS))
	}
	for _, n := range c.Notices {
		t.say("ctl.model.notice", "sentence", n.Sentence)
	}
}

// modelName names a model as "model activate" takes it.
func modelName(m appliance.ModelRef) string {
	if m.ID == "" {
		return "-"
	}
	return m.ID + "/" + m.Version
}
