package demo

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"dermbox/appliance"
)

// processWarmUp is how long a worker that was started during the soak fills its pools.
const processWarmUp = 10 * time.Second

// Trends fits every series of a soak of that length. One that has too few points is an error, and the others are still given.
func Trends(samples []Sample, length time.Duration) (trends []Trend, err error) {
	warmUp := max(warmUpLeast, length/4).Seconds()
	all := ofDaemon(samples, warmUp)
	names := workersOf(samples, warmUp)
	if len(names) == 0 {
		err = appliance.E(appliance.Internal, "demo.soak_short", nil, "what", "workers", "points", "0")
	}
	for _, name := range names {
		all = append(all, ofWorker(samples, name, warmUp)...)
	}
	for _, s := range all {
		t, unfit := s.Fit()
		trends, err = append(trends, t), errors.Join(err, unfit)
	}
	return trends, err
}

func ofDaemon(samples []Sample, warmUp float64) []Series {
	all := []Series{
		{What: "daemon memory", Unit: "MiB", Bound: boundMiB, Memory: true},
		{What: "daemon descriptors", Unit: "open", Bound: boundDescriptors},
		{What: "daemon goroutines", Unit: "alive", Bound: boundGoroutines},
	}
	for i := range all {
		all[i].WarmUp = warmUp
		for _, s := range samples {
			value := []float64{s.RSSMiB, float64(s.Descriptors), float64(s.Goroutines)}[i]
			all[i].Points = append(all[i].Points, Point{s.At, value})
		}
	}
	return all
}

// workersOf names the workers that ran for at least half of the time after the warm-up.
func workersOf(samples []Sample, warmUp float64) []string {
	seen, n := map[string]int{}, 0
	for _, s := range samples {
		if s.At < warmUp {
			continue
		}
		n++
		for name := range s.Workers {
			seen[name]++
		}
	}
	maps.DeleteFunc(seen, func(_ string, times int) bool { return 2*times < n })
	return slices.Sorted(maps.Keys(seen))
}

// ofWorker follows the process of a worker that lived longest: another one has the memory of another process, and what the
// first had lost is gone.
func ofWorker(samples []Sample, name string, warmUp float64) []Series {
	lived, oldest := map[int]int{}, 0
	for _, s := range samples {
		if p, ok := s.Workers[name]; ok && s.At >= warmUp {
			lived[p.PID]++
			if lived[p.PID] >= lived[oldest] {
				oldest = p.PID
			}
		}
	}
	what := strings.TrimPrefix(name, "dermbox-")
	memory := Series{What: what + " memory", Unit: "MiB", Bound: boundMiB, Memory: true}
	open := Series{What: what + " descriptors", Unit: "open", Bound: boundDescriptors}
	for _, s := range samples {
		if p, ok := s.Workers[name]; ok && p.PID == oldest {
			memory.Points = append(memory.Points, Point{s.At, p.RSSMiB})
			open.Points = append(open.Points, Point{s.At, float64(p.Descriptors)})
		}
	}
	if len(memory.Points) > 0 {
		warmUp = max(warmUp, memory.Points[0].At+processWarmUp.Seconds())
	}
	memory.WarmUp, open.WarmUp = warmUp, warmUp
	return []Series{memory, open}
}
