package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/text"
	"dermbox/sync/hub/server"
)

// defaultConfig is where the package installs the settings.
const defaultConfig = "/etc/dermbox/dermhub.yaml"

// tool is one call of dermhub with everything it reaches of the world outside.
type tool struct {
	out, errors io.Writer
	env         []string
	version     string
	clock       appliance.Clock

	configPath string
	flags      *pflag.FlagSet
	json       bool
	started    bool // the command line was understood: errors from here on are not about usage
}

// run carries out one command line and gives the exit code.
func (t *tool) run(ctx context.Context, args []string) int {
	root := t.command()
	root.SetArgs(args)
	root.SetOut(t.out)
	root.SetErr(t.errors)
	err := root.ExecuteContext(ctx)
	if err != nil && !t.started {
		err = usageError{err}
	}
	if err != nil {
		t.complain(err)
	}
	return exitCode(err)
}

// complain says what is wrong, every line of it under the program's name.
func (t *tool) complain(err error) {
	sentence := text.Error(err)
	if usage, ok := errors.AsType[usageError](err); ok {
		sentence = usage.Error() + "\n" + text.T("hubctl.usage", nil)
	}
	for line := range strings.Lines(sentence) {
		fmt.Fprintln(t.errors, "dermhub:", strings.TrimRight(line, "\n"))
	}
	if exitCode(err) == exitInternal {
		fmt.Fprintln(t.errors, "dermhub:", err) // a fault of ours: whoever runs the hub is also who reads its log
	}
}

func (t *tool) command() *cobra.Command {
	root := &cobra.Command{Use: "dermhub", Short: text.T("hubctl.cmd.root", nil), Long: text.T("hubctl.cmd.root.long", nil),
		SilenceErrors: true, SilenceUsage: true, Args: onlyCommands}
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	root.SetFlagErrorFunc(explain)
	root.PersistentFlags().StringVar(&t.configPath, "config", "", text.T("hubctl.flag.config", nil))
	t.flags = pflag.NewFlagSet("settings", pflag.ContinueOnError)
	config.AddHubFlags(t.flags)
	root.PersistentFlags().AddFlagSet(t.flags)
	root.AddCommand(t.initCommand(), t.serveCommand(),
		group("device", t.inviteCommand(), t.deviceListCommand()),
		group("user", t.userAddCommand(), t.userListCommand()),
		group("case", t.caseListCommand(), t.caseShowCommand()),
		group("alarm", t.alarmListCommand(), t.alarmCloseCommand()),
		t.reconcileCommand(), group("key", t.keyShowCommand()), t.versionCommand(),
		&cobra.Command{Use: "exit-codes", Short: text.T("hubctl.cmd.exit-codes", nil), Long: text.T("hubctl.exit_codes", nil)})
	return root
}

// leaf makes a command that does something. Its help is the catalogue's "hubctl.cmd." and its key.
func (t *tool) leaf(use, key string, args cobra.PositionalArgs, do func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: text.T("hubctl.cmd."+key, nil), Args: args}
	if long := "hubctl.cmd." + key + ".long"; text.Has(long) {
		cmd.Long = text.T(long, nil)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t.started = true
		return do(cmd, args)
	}
	return cmd
}

// reading makes a command that changes nothing: it has --json, and gets a hub that is open for looking only.
func (t *tool) reading(use, key string, args cobra.PositionalArgs,
	do func(ctx context.Context, h *server.Hub, args []string) error) *cobra.Command {
	return t.asking(use, key, args, server.OpenReadOnly, do)
}

// auditing makes a command that reads what the hub holds and notes in its ledger what it finds damaged.
func (t *tool) auditing(use, key string, args cobra.PositionalArgs,
	do func(ctx context.Context, h *server.Hub, args []string) error) *cobra.Command {
	return t.asking(use, key, args, server.OpenBeside, do)
}

func (t *tool) asking(use, key string, args cobra.PositionalArgs, open opener,
	do func(ctx context.Context, h *server.Hub, args []string) error) *cobra.Command {
	cmd := t.leaf(use, key, args, func(cmd *cobra.Command, args []string) error {
		return t.withHub(cmd.Context(), open, func(ctx context.Context, h *server.Hub) error { return do(ctx, h, args) })
	})
	t.jsonFlag(cmd)
	return cmd
}

func (t *tool) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&t.json, "json", false, text.T("hubctl.flag.json", nil))
}

// group makes a command that only has others below it.
func group(use string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: text.T("hubctl.cmd."+use, nil), Args: onlyCommands}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(children...)
	return cmd
}

// settings loads the hub's configuration. The default file may be missing; one that was named may not. DERMHUB_CONFIG is
// this program's own variable.
func (t *tool) settings() (config.Hub, error) {
	path := t.configPath
	for _, pair := range t.env {
		if name, value, _ := strings.Cut(pair, "="); path == "" && name == "DERMHUB_CONFIG" {
			path = value
		}
	}
	if path == "" {
		if _, err := os.Stat(defaultConfig); err == nil {
			path = defaultConfig
		}
	}
	return config.LoadHub(config.Options{Path: path, Flags: t.flags, Env: t.env, Allow: []string{"DERMHUB_CONFIG"}})
}

func (t *tool) server(c config.Hub) server.Settings {
	return server.Settings{DataDir: c.DataDir, KeyFile: c.Vault.KeyFile, Hosts: c.Hosts(), DeviceListen: c.Device.Listen, Demonstration: c.Mode == config.Demonstration,
		PeopleListen: c.People.Listen, Clock: t.clock, Log: t.log(c.Log.Level)}
}

// log writes JSON lines to standard error; no level logs patient data.
func (t *tool) log(level string) *slog.Logger {
	var l slog.Level
	if l.UnmarshalText([]byte(level)) != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(t.errors, &slog.HandlerOptions{Level: l}))
}

type opener func(context.Context, server.Settings) (*server.Hub, error)

// withHub opens the configured hub for the time of do.
func (t *tool) withHub(ctx context.Context, open opener, do func(context.Context, *server.Hub) error) error {
	c, err := t.settings()
	if err != nil {
		return err
	}
	h, err := open(ctx, t.server(c))
	if err != nil {
		return err
	}
	if h.Authority.Trust != c.Trust {
		err = appliance.FieldError("trust", "hubctl.config.trust", "want", c.Trust, "have", h.Authority.Trust, "dir", c.DataDir)
	} else {
		err = do(ctx, h)
	}
	return errors.Join(err, h.Close())
}

func (t *tool) versionCommand() *cobra.Command {
	cmd := t.leaf("version", "version", cobra.NoArgs, func(*cobra.Command, []string) error {
		return t.show(map[string]string{"version": t.version}, func() { t.say("hubctl.version", "version", t.version) })
	})
	t.jsonFlag(cmd)
	return cmd
}
