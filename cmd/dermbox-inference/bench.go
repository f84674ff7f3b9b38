package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"dermbox/inference"
	"dermbox/inference/pack"
)

// benchCalls is how often the model judges: the figures are medians.
const benchCalls = 200

func benchCommand() *cobra.Command {
	var file, key, library string
	c := &cobra.Command{
		Use:    "bench --pack FILE --key KEY.pem",
		Short:  "Time a pack's model on the engine of the appliance, through a worker, and print JSON",
		Hidden: true, Args: cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command) error {
			private, err := readKey(key)
			if err != nil {
				return err
			}
			p, err := pack.Open(file, oneKey{private.Public()}) //nolint:contextcheck // a local file: nothing to wait for
			if err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			told, err := inference.RunBench(cmd.Context(), inference.ClientOptions{
				WorkerPath: self, TFLite: library, Pack: p, Clock: wallClock{},
			}, benchCalls)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(told)
		}),
	}
	c.Flags().StringVar(&file, "pack", "", "the model pack")
	c.Flags().StringVar(&key, "key", "", "private key whose public half must have signed the pack")
	addTFLite(c, &library)
	require(c, "pack", "key")
	return c
}
