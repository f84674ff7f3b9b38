package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"dermbox/appliance/worker"
	"dermbox/inference/engine"
)

func workerCommand() *cobra.Command {
	var tflite string
	var pins []string
	c := &cobra.Command{
		Use:   "worker --tflite PATH",
		Short: "Answer the daemon's requests on stdin and stdout",
		Args:  cobra.NoArgs,
		RunE: ran(func(_ *cobra.Command) error {
			e := engine.New(tflite, pins...)
			defer e.Close()
			if code := worker.Main(e); code != 0 {
				return errors.New("the worker stopped; the lines above say why")
			}
			return nil
		}),
	}
	addTFLite(c, &tflite)
	c.Flags().StringSliceVar(&pins, "tflite-sha256", nil, "load the library only if its SHA-256 is one of these")
	return c
}

// addTFLite adds the flag that names the TensorFlow Lite library.
func addTFLite(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "tflite", os.Getenv("DERMBOX_TFLITE"),
		"absolute path of the TensorFlow Lite library (or DERMBOX_TFLITE)")
}
