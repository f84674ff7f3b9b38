package main

import (
	"errors"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dermbox/appliance/text"
)

// near is how many letters may differ for a name to be offered in place of a wrong one.
const near = 2

// explain puts the wrong name of a flag or command, and the nearest right one, into the catalogue's words.
func explain(cmd *cobra.Command, err error) error {
	wrong, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok || wrong.GetSpecifiedName() == "" {
		return err
	}
	best, distance := "", near+1
	look := func(f *pflag.Flag) {
		if d := levenshtein.ComputeDistance(wrong.GetSpecifiedName(), f.Name); !f.Hidden && d < distance {
			best, distance = f.Name, d
		}
	}
	cmd.Flags().VisitAll(look)
	cmd.InheritedFlags().VisitAll(look)
	return errors.New(sentence("hubctl.usage.flag", "--"+wrong.GetSpecifiedName(), cmd, "--", best))
}

// onlyCommands is the arguments of a command that only has others below it.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = near
	best := ""
	if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
		best = names[0]
	}
	return errors.New(sentence("hubctl.usage.command", args[0], cmd, "", best))
}

func sentence(key, wrong string, cmd *cobra.Command, prefix, best string) string {
	said := text.T(key, map[string]string{"wrong": wrong, "command": cmd.CommandPath()})
	if best != "" {
		said += " " + text.T("hubctl.usage.nearest", map[string]string{"right": prefix + best})
	}
	return said
}
