package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Sample is how the box stood at one moment of a soak.
type Sample struct {
	At          float64           `json:"at"` // seconds since the begin
	RSSMiB      float64           `json:"rss_mib"`
	Descriptors int               `json:"descriptors"`
	Goroutines  int               `json:"goroutines"`
	Workers     map[string]Worker `json:"workers"`
	Dropped     uint64            `json:"dropped"` // frames that viewers were too slow for
	Fault       string            `json:"fault,omitempty"`
	Tally
}

// Worker is a worker process at that moment.
type Worker struct {
	PID         int     `json:"pid"`
	RSSMiB      float64 `json:"rss_mib"`
	Descriptors int     `json:"descriptors"`
}

// Bounds on growth over one soak after its warm-up.
const (
	boundMiB         = 32 // of the daemon, and of each worker: noise of Go's heap and OpenCV's pools
	boundDescriptors = 8  // of the same
	boundGoroutines  = 8
)

// sample takes and prints samples until ctx ends; a daemon that cannot be sampled is an error.
func (k *soak) sample(ctx context.Context) error {
	fmt.Fprintf(k.table, "%6s %8s %5s %5s %6s %7s %7s %6s  %-8s %s\n", "time", "RSS/MiB", "fds", "gos", "cases", "frames", "dropped", "stalls", "fault", "workers/MiB")
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		s, err := k.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return &StepError{"sample", err}
		}
		k.mu.Lock()
		k.samples = append(k.samples, s)
		k.mu.Unlock()
		var workers []string
		for _, name := range slices.Sorted(maps.Keys(s.Workers)) {
			workers = append(workers, fmt.Sprintf("%s %.0f", strings.TrimPrefix(name, "dermbox-"), s.Workers[name].RSSMiB))
		}
		fmt.Fprintf(k.table, "%5.0fs %8.1f %5d %5d %6d %7d %7d %6d  %-8s %s\n", s.At, s.RSSMiB, s.Descriptors, s.Goroutines, s.Cases,
			s.Frames, s.Dropped, s.Stalls, s.Fault, strings.Join(workers, ", "))
	}
}

// look asks the daemon and the kernel.
func (k *soak) look(ctx context.Context) (s Sample, err error) {
	status, err := k.Status(ctx)
	if err != nil {
		return s, err
	}
	usage, err := UsageOf(k.box.Pid())
	if err != nil {
		return s, err
	}
	workers, err := WorkersOf(k.box.Pid())
	if err != nil {
		return s, err
	}
	s.Workers = map[string]Worker{}
	for name, pid := range workers {
		if u, err := UsageOf(pid); err == nil { // a worker may end at any time
			s.Workers[name] = Worker{pid, u.RSSMiB, u.Descriptors}
		}
	}
	s.At, s.RSSMiB, s.Descriptors = time.Since(k.began).Seconds(), usage.RSSMiB, usage.Descriptors
	s.Goroutines = status.Goroutines
	if status.Preview != nil {
		s.Dropped = status.Preview.Dropped
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.Fault, s.Tally = k.fault, k.tally
	return s, nil
}
