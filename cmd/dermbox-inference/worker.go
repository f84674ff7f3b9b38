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
	c := &cobra.Command{
		Use:   "worker --tflite PATH",
		Short: "Answer the daemon's requests on stdin and stdout",
		Args:  cobra.NoArgs,
		RunE: ran(func(_ *cobra.Command) error {
			e := engine.New(tflite)
			defer e.Close()
			if code := worker.Main(e); code != 0 {
				return errors.New("the worker stopped; the lines above say why")
			}
			return nil
		}),
	}
	addTFLite(c, &tflite)
	return c
}

// addTFLite adds the flag that names the TensorFlow Lite library.
func addTFLite(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "tflite", os.Getenv("DERMBOX_TFLITE"),
		"absolute path of the TensorFlow Lite library (or DERMBOX_TFLITE)")
}
