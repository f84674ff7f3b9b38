package worker

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
)

// Death is how a child ended that nobody had told to: the cause within an error of KeyDied.
type Death struct {
	Signal  string // name of the signal that ended it, for example "segmentation fault"; "" when it left by itself
	CPU     bool   // it used up its processor time, see CPUBudget
	Memory  bool   // it said that it got no more memory
	Message string // what the kernel says: "exit status 7", "signal: killed"
}

func (d *Death) Error() string {
	if d.Memory {
		return d.Message + ", out of memory"
	}
	return d.Message
}

// deathOf reads what waiting for the child gave, and what it had said before.
func deathOf(err error, said lastWords) *Death {
	d := &Death{Message: "exit status 0"}
	if err == nil {
		return d
	}
	d.Message, d.Memory, d.Signal = err.Error(), said.memory, said.signal
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return d
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() { //nolint:misspell // Go writes it so
		d.Signal, d.CPU = status.Signal().String(), status.Signal() == syscall.SIGXCPU
	}
	return d
}

// lastWords are what a child said on stderr of its end.
type lastWords struct {
	memory bool   // it got no more
	signal string // that its Go runtime caught for native code, before it left with exit status 2
}

// starving are words by which runtimes say that memory ran out: C++, Go, the C library through Go.
var starving = []string{"bad_alloc", "out of memory", "cannot allocate memory", "Cannot allocate memory", "pthread_create failed", "failed to allocate"}

// caught is how Go's runtime names a signal that it cannot go on after: "SIGSEGV: segmentation violation".
var caught = regexp.MustCompile(`^(?:\[signal )?SIG[A-Z]+: ([a-z][a-z /-]*)`)

// hear takes one line of stderr.
func (w *lastWords) hear(line string) {
	for _, word := range starving {
		w.memory = w.memory || strings.Contains(line, word)
	}
	if m := caught.FindStringSubmatch(line); m != nil && w.signal == "" {
		w.signal = strings.TrimSuffix(strings.TrimSpace(m[1]), " code")
	}
}
