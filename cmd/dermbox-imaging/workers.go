package main

import (
	"github.com/spf13/cobra"

	"dermbox/appliance/worker"
	"dermbox/camera/opencv"
)

// exitError carries a worker's exit code to run.
type exitError int

func (e exitError) Error() string { return "worker ended in failure" }

func cameraCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "camera",
		Short: "Camera worker: reads one camera for the daemon, over stdin and stdout",
		Long: `Camera worker: reads one camera for the daemon.

It speaks dermbox's framed messages over stdin and stdout and is of no use in a terminal. The daemon tells it which
camera to open and kills it when no frame comes.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return worked(worker.MainEmitting(opencv.NewCamera)) },
	}
}

func judgeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "judge",
		Short: "Judge worker: decodes and measures stills for the daemon, over stdin and stdout",
		Long: `Judge worker: decodes and measures stills for the daemon.

It speaks dermbox's framed messages over stdin and stdout and is of no use in a terminal. It is a process apart from the
camera worker, so that a stalled camera cannot hold a verdict.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return worked(worker.Main(opencv.NewJudge())) },
	}
}

func worked(code int) error {
	if code == 0 {
		return nil
	}
	return exitError(code)
}
