package main

import "github.com/spf13/cobra"

func (t *tool) qualityFitCommand() *cobra.Command {
	return t.leaf("fit GOOD BAD", "quality.fit", cobra.ExactArgs(2), func(cmd *cobra.Command, args []string) error { return nil })
}
