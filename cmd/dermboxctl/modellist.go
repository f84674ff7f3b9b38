package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/keyring"
	"dermbox/inference/shelf"
)

func (t *tool) modelListCommand() *cobra.Command {
	return t.reading("list", "model.list", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		var list shelf.Listing
		err = newDaemon(c.Control.Socket).get(cmd.Context(), "/v1/models", &list)
		if down(err) {
			list, err = t.modelsOnDisk(cmd.Context(), c)
		}
		if err != nil {
			return err
		}
		return t.show(list, func() { t.sayModels(list, c) })
	})
}

// modelsOnDisk reads shelf and records without the daemon.
func (t *tool) modelsOnDisk(ctx context.Context, c config.Config) (shelf.Listing, error) {
	list := shelf.Listing{Models: []shelf.Line{}}
	act, err := t.modelInForce(ctx, c)
	if err != nil {
		return list, err
	}
	if act.Action != "" {
		list.InForce = &act
	}
	ring, err := keyring.Load(c.KeyringDir, c.IsLive())
	if err != nil {
		return list, err
	}
	entries, err := shelf.Open(c.ModelsDir(), ring).List(ctx)
	if err != nil {
		return list, err
	}
	list.Models = shelf.Lines(entries, act)
	for i, e := range entries {
		err := e.Err
		if err == nil {
			err = signed.CheckExpiry(e.Pack.Manifest.Header, t.now())
		}
		if err != nil {
			list.Models[i].Trouble = &shelf.Notice{Sentence: text.Error(err)}
		}
	}
	return list, nil
}

// modelInForce reads the record of the model in force; a box that was never started has none.
func (t *tool) modelInForce(ctx context.Context, c config.Config) (appliance.ModelAct, error) {
	s, err := t.readStore(ctx, c, false)
	if neverStarted(err) {
		return appliance.ModelAct{}, nil
	}
	if err != nil {
		return appliance.ModelAct{}, err
	}
	defer shut(s)
	return s.ModelInForce(ctx)
}

func (t *tool) sayModels(list shelf.Listing, c config.Config) {
	if len(list.Models) == 0 {
		t.say("ctl.model.none")
	} else {
		rows := [][]string{headings("here", "model", "status", "until", "optics", "digest")}
		for _, l := range list.Models {
			optics := make([]string, len(l.Optics))
			for i, o := range l.Optics {
				optics[i] = string(o)
			}
			rows = append(rows, []string{place(l), l.ID + "/" + fmt.Sprint(l.Version), statusOf(l), untilOf(l), orDash(strings.Join(optics, ",")),
				l.Digest[:min(len(l.Digest), len("sha256:")+12)]})
		}
		t.table(rows)
	}
	for _, l := range list.Models {
		if l.Trouble != nil {
			t.say("ctl.model.trouble", "name", l.ID+"/"+fmt.Sprint(l.Version), "sentence", l.Trouble.Sentence)
		}
	}
	t.sayInForce(list)
	if list.Settings != nil {
		t.say("ctl.model.settings_refused", "sentence", list.Settings.Sentence)
	}
	if c.Model.Pack != "" {
		t.say("ctl.model.settings", "path", c.Model.Pack)
	}
}

// sayInForce tells which model judges, since when and by whose order, and how it stands.
func (t *tool) sayInForce(list shelf.Listing) {
	if a := list.InForce; a != nil {
		t.say("ctl.model.in_force", "name", modelName(a.Model), "at", london(a.At.Wall), "actor", a.Actor, "reason", orDash(a.Reason),
			"previous", modelName(a.Previous))
	}
	switch s := list.State; {
	case s == nil:
		t.say("ctl.model.daemon_down")
	case s.Ready:
		t.say("ctl.model.ready", "engine", orDash(s.Engine), "restarts", fmt.Sprint(s.Restarts), "at", london(s.SelfTest))
	default:
		t.say("ctl.model.not_ready", "sentence", s.Sentence)
	}
}

func place(l shelf.Line) string {
	switch {
	case l.InForce:
		return text.T("ctl.model.here.in_force", nil)
	case l.Previous:
		return text.T("ctl.model.here.previous", nil)
	}
	return "-"
}

// statusOf says in words what a pack may be used for.
func statusOf(l shelf.Line) string {
	if l.Status == "" {
		return "-"
	}
	return text.T("model.status."+l.Status, nil)
}

func untilOf(l shelf.Line) string {
	if l.Status == "" { // its file could not be read
		return "-"
	}
	return until(l.ExpiresAt)
}
