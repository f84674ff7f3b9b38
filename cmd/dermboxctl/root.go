package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance/config"
	"dermbox/appliance/text"
)

// defaultConfig is where the package installs the settings.
const defaultConfig = "/etc/dermbox/dermboxd.yaml"

// tool is one call of dermboxctl with everything it reaches of the world outside.
type tool struct {
	in          io.Reader
	out, errors io.Writer
	env         []string
	version     string
	now         func() time.Time
	readPIN     func(prompt string) (string, error) // from the terminal, without echo
	sysRoot     string                              // where cameras are looked for; "": /sys
	imaging     string                              // the program dermbox-imaging; "": the one beside this program
	inference   string                              // the program dermbox-inference; "": the one beside this program
	quiet       time.Duration                       // how long an order may take before a person is told to wait

	configPath string
	json       bool
	started    bool // the command line was understood: errors from here on are not about usage
}

// run carries out one command line and gives the exit code.
func (t *tool) run(ctx context.Context, args []string) int {
	root := t.command() //nolint:contextcheck // cobra gives each command its context
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.errors)
	err := root.ExecuteContext(ctx)
	if err != nil && !t.started {
		err = usageError{err}
	}
	if _, quiet := errors.AsType[silent](err); err != nil && !quiet {
		t.complain(err)
	}
	return exitCode(err)
}

// complain says what is wrong, every line of it under the program's name.
func (t *tool) complain(err error) {
	var sentence string
	if usage, ok := errors.AsType[usageError](err); ok {
		sentence = usage.Error() + "\n" + text.T("ctl.usage", nil)
	} else if remote, ok := errors.AsType[*remoteError](err); ok {
		sentence = remote.message
	} else {
		sentence = text.Error(err)
	}
	for line := range strings.Lines(sentence) {
		fmt.Fprintln(t.errors, "dermboxctl:", strings.TrimRight(line, "\n"))
	}
}

func (t *tool) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "dermboxctl",
		Short:         text.T("ctl.cmd.root", nil),
		Long:          text.T("ctl.cmd.root.long", nil),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(flagError)
	path := defaultConfig
	for _, pair := range t.env {
		if name, value, _ := strings.Cut(pair, "="); name == "DERMBOX_CONFIG" && value != "" {
			path = value
		}
	}
	root.PersistentFlags().StringVar(&t.configPath, "config", path, text.T("ctl.flag.config", nil))
	root.AddCommand(t.statusCommand(), t.healthCommand(), t.caseCommand(), t.reconcileCommand(), t.syncCommand(),
		t.provisionCommand(), t.signCommand(), t.verifyCommand(), t.keyCommand(), t.userCommand(), t.configCommand(),
		t.rulesCommand(), t.modelCommand(), t.cameraCommand(), t.qualityCommand(), t.versionCommand(), exitCodesTopic())
	return root
}

// exitCodesTopic is a page of help: "dermboxctl help exit-codes".
func exitCodesTopic() *cobra.Command {
	return &cobra.Command{Use: "exit-codes", Short: text.T("ctl.cmd.exit-codes", nil), Long: text.T("ctl.exit_codes", nil)}
}

// leaf makes a command that does something. Its help is the catalogue's "ctl.cmd." and its key.
func (t *tool) leaf(use, key string, args cobra.PositionalArgs, do func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: text.T("ctl.cmd."+key, nil), Args: args}
	if long := "ctl.cmd." + key + ".long"; text.Has(long) {
		cmd.Long = text.T(long, nil)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t.started = true
		return do(cmd, args)
	}
	return cmd
}

// reading makes a command that changes nothing: it has --json.
func (t *tool) reading(use, key string, args cobra.PositionalArgs, do func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := t.leaf(use, key, args, do)
	cmd.Flags().BoolVar(&t.json, "json", false, text.T("ctl.flag.json", nil))
	return cmd
}

// group makes a command that only has others below it.
func group(use, key string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: text.T("ctl.cmd."+key, nil), Args: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
		}
		return nil
	}}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(children...)
	return cmd
}

// settings loads the box's configuration. DERMBOX_CONFIG is the tool's own variable.
func (t *tool) settings() (config.Config, error) {
	return config.Load(config.Options{Path: t.configPath, Env: t.env, Allow: []string{"DERMBOX_CONFIG"}})
}

func (t *tool) versionCommand() *cobra.Command {
	return t.reading("version", "version", cobra.NoArgs, func(*cobra.Command, []string) error {
		return t.show(map[string]string{"version": t.version}, func() { t.say("ctl.version", "version", t.version) })
	})
}
