package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"dermbox/appliance/config"
	"dermbox/appliance/text"
)

func (t *tool) configCommand() *cobra.Command {
	return group("config", "config", t.configCheckCommand(), t.configShowCommand(), t.configSampleCommand())
}

// problem is one problem of the settings as "config check --json" shows it.
type problem struct {
	Setting  string `json:"setting,omitempty"`
	Key      string `json:"key"`
	Sentence string `json:"sentence"`
}

func (t *tool) configCheckCommand() *cobra.Command {
	return t.reading("check", "config.check", cobra.NoArgs, func(*cobra.Command, []string) error {
		_, err := t.settings()
		if err != nil && config.Problems(err) == nil {
			return err
		}
		list := []problem{}
		for _, p := range config.Problems(err) {
			list = append(list, problem{p.Field, p.Key, text.Error(p)})
		}
		shown := t.show(list, func() {
			for _, p := range list {
				fmt.Fprintln(t.out, p.Sentence)
			}
			if len(list) == 0 {
				t.say("ctl.config.good", "path", t.configPath)
			}
		})
		if shown == nil && len(list) > 0 {
			return silent{exitInvalid}
		}
		return shown
	})
}

func (t *tool) configShowCommand() *cobra.Command {
	return t.reading("show", "config.show", cobra.NoArgs, func(*cobra.Command, []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		return t.show(c.Entries(), func() {
			rows := [][]string{headings("setting", "value", "from")}
			for _, e := range c.Entries() {
				rows = append(rows, []string{e.Key, orDash(fmt.Sprint(e.Value)), e.From})
			}
			t.table(rows)
		})
	})
}

func (t *tool) configSampleCommand() *cobra.Command {
	return t.reading("sample", "config.sample", cobra.NoArgs, func(*cobra.Command, []string) error {
		return t.show(map[string]string{"sample": config.Sample()}, func() { fmt.Fprint(t.out, config.Sample()) })
	})
}
