package worker

import (
	"log/slog"
	"time"
)

// Spec says how to run one worker process.
type Spec struct {
	Name    string        // short name for logs and errors, for example "camera"
	Path    string        // the executable
	Args    []string      // its arguments, without the program's name
	Env     []string      // its whole environment, "KEY=value": nothing is inherited from the parent
	Limits  Limits        // resource limits, set before the first request is sent
	MaxBody int           // largest body of a frame in bytes, both ways; 0: DefaultMaxBody
	Queue   int           // events held for a slow reader before the oldest is dropped; 0: 4
	Stall   time.Duration // see Process; 0: never
	Grace   time.Duration // how long Close waits for the child to leave by itself; 0: 2 s
	Restart Restart       // the Keeper's back-off
	Log     *slog.Logger  // nil: no log
}

// Limits are upper limits of the child's resources (setrlimit(2)); 0 leaves one as inherited. Core dumps are always off.
type Limits struct {
	AddressSpace uint64 // bytes of virtual memory; a Go child reserves 1.7 GB before it does anything
	// Data is bytes of private writable memory: heaps, stacks, and not what Go has only reserved. It is the limit of what a
	// child can take from the others (RLIMIT_DATA).
	Data      uint64
	OpenFiles uint64
	FileSize  uint64 // bytes of the largest file that it may write
	Nice      int    // 1 to 19: it gives way to others when all want the processor; 0: as its parent
}

// Restart is the back-off of a Keeper: waits grow from Min to Max with jitter, and start again at Min after a child that
// was ready for Settled.
type Restart struct {
	Min, Max, Settled time.Duration // 0: 250 ms, 30 s, 30 s
}

func (s Spec) withDefaults() Spec {
	if s.MaxBody <= 0 {
		s.MaxBody = DefaultMaxBody
	}
	if s.Queue <= 0 {
		s.Queue = 4
	}
	if s.Grace <= 0 {
		s.Grace = 2 * time.Second
	}
	if s.Restart.Min <= 0 {
		s.Restart.Min = 250 * time.Millisecond
	}
	if s.Restart.Max <= 0 {
		s.Restart.Max = 30 * time.Second
	}
	if s.Restart.Settled <= 0 {
		s.Restart.Settled = 30 * time.Second
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	s.Log = s.Log.With(slog.String("worker", s.Name))
	return s
}
