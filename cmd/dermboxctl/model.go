package main

import (
	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/inference/evaluate"
	"dermbox/inference/pack"
)

func (t *tool) modelCommand() *cobra.Command {
	return group("model", "model", t.modelPackCommand(), t.modelInspectCommand(), t.modelVerifyCommand(), t.modelEvaluateCommand(), t.modelInstallCommand(),
		t.modelActivateCommand(), t.modelRollbackCommand(), t.modelListCommand(), t.modelRemoveCommand(), t.modelBenchCommand(), t.modelSchemaCommand())
}

func (t *tool) modelVerifyCommand() *cobra.Command {
	var dir string
	cmd := t.reading("verify FILE", "model.verify", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		ring, _, err := t.ring(dir)
		if err != nil {
			return err
		}
		file, err := t.verifyPack(cmd.Context(), args[0], ring)
		if err != nil {
			return err
		}
		if err := t.show(file, func() { t.sayVerified(file) }); err != nil {
			return err
		}
		return signed.CheckExpiry(file.Header, t.now()) // a box would not run it either
	})
	cmd.Flags().StringVar(&dir, "keyring", "", text.T("ctl.flag.keyring", nil))
	return cmd
}

// modelSchemaCommand prints a schema, which is JSON already: --json changes nothing.
func (t *tool) modelSchemaCommand() *cobra.Command {
	return t.reading("schema [manifest | golden | evaluation]", "model.schema", cobra.MaximumNArgs(1), func(_ *cobra.Command, args []string) error {
		name := "manifest"
		if len(args) == 1 {
			name = args[0]
		}
		schema := pack.JSONSchema(name)
		if name == "evaluation" {
			schema = evaluate.JSONSchema()
		}
		if schema == nil {
			return appliance.FieldError("schema", "ctl.model.no_schema", "name", name)
		}
		_, err := t.out.Write(schema)
		return err
	})
}
