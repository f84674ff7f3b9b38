package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says for people what is wrong with a flag: what pflag and strconv say of a wrong value is for programmers.
func flagError(_ *cobra.Command, err error) error {
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return errors.New(sentence("ctl.usage.value", "flag", dashed(e.GetFlag())))
	}
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	key := map[string]string{"int": "ctl.usage.whole", "float64": "ctl.usage.number", "bool": "ctl.usage.bool", "duration": "ctl.usage.duration"}[e.GetFlag().Value.Type()]
	if key == "" {
		return err
	}
	return errors.New(sentence(key, "flag", dashed(e.GetFlag()), "value", e.GetValue()))
}

func dashed(f *pflag.Flag) string { return "--" + f.Name }
