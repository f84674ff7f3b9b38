package demo_test

import (
	"slices"
	"testing"
	"time"

	"dermbox/firmware/demo"
)

// made makes a soak's samples, one each five seconds: all is flat, with a camera worker that is replaced three times in the
// first half, until change makes it otherwise.
func made(length time.Duration, change func(s *demo.Sample, born float64)) (samples []demo.Sample) {
	const camera, judge = "dermbox-imaging camera", "dermbox-imaging judge"
	for at := 5.0; at < length.Seconds(); at += 5 {
		life := min(3, int(8*at/length.Seconds()))
		born := float64(life) * length.Seconds() / 8
		s := demo.Sample{At: at, RSSMiB: 90, Descriptors: 30, Goroutines: 50, Workers: map[string]demo.Worker{
			camera: {PID: 100 + life, RSSMiB: 70, Descriptors: 12}, judge: {PID: 99, RSSMiB: 60, Descriptors: 9},
		}}
		change(&s, born)
		samples = append(samples, s)
	}
	return samples
}

// leak adds so much to a worker.
func leak(s *demo.Sample, name string, mib float64, descriptors int) {
	p := s.Workers[name]
	p.RSSMiB, p.Descriptors = p.RSSMiB+mib, p.Descriptors+descriptors
	s.Workers[name] = p
}

// TestSoakSeesALeak: what leaks is named, and nothing else is, in the soak of CI and in that of a release.
func TestSoakSeesALeak(t *testing.T) {
	for _, length := range []time.Duration{2 * time.Minute, 30 * time.Minute} {
		share := 60 / length.Seconds() // MiB each second: 60 over the whole soak
		for what, change := range map[string]func(s *demo.Sample, born float64){
			"":                           func(*demo.Sample, float64) {},
			"daemon memory":              func(s *demo.Sample, _ float64) { s.RSSMiB += share * s.At },
			"daemon descriptors":         func(s *demo.Sample, _ float64) { s.Descriptors += int(share * s.At / 2) },
			"daemon goroutines":          func(s *demo.Sample, _ float64) { s.Goroutines += int(share * min(s.At, length.Seconds()/2)) }, // with each worker that ends
			"imaging camera memory":      func(s *demo.Sample, born float64) { leak(s, "dermbox-imaging camera", 2*share*(s.At-born), 0) },
			"imaging camera descriptors": func(s *demo.Sample, born float64) { leak(s, "dermbox-imaging camera", 0, int(share*(s.At-born))) },
			"imaging judge memory":       func(s *demo.Sample, _ float64) { leak(s, "dermbox-imaging judge", share*s.At, 0) },
		} {
			grew, err := grown(made(length, change), length)
			if err != nil || what != "" && !slices.Equal(grew, []string{what}) || what == "" && len(grew) > 0 {
				t.Errorf("in %v the leak of %q is seen as %q, %v", length, what, grew, err)
			}
		}
	}
}

// TestSoakAllowsASawtooth: memory that collections free again, at every phase, and descriptors and goroutines that come and go.
func TestSoakAllowsASawtooth(t *testing.T) {
	for _, length := range []time.Duration{2 * time.Minute, 30 * time.Minute} {
		for period := 2; period <= 5; period++ {
			for phase := range period {
				samples := made(length, func(s *demo.Sample, _ float64) {
					tooth := float64((int(s.At/5) + phase) % period)
					s.RSSMiB += []float64{0, 85, 113, 120, 120}[int(tooth)] // as was seen
					s.Goroutines += 6 * int(tooth)
					if period < 5 { // the worker was seen for a shorter time, and collects nothing
						leak(s, "dermbox-imaging camera", 30*tooth, 2*int(tooth))
					}
				})
				if grew, err := grown(samples, length); err != nil || len(grew) > 0 {
					t.Errorf("in %v a tooth of %d samples from %d on: grew %q, %v", length, period, phase, grew, err)
				}
			}
		}
	}
}

func TestSoakThatSawTooLittleIsAnError(t *testing.T) {
	const length = 2 * time.Minute
	flat := func(*demo.Sample, float64) {}
	for name, samples := range map[string][]demo.Sample{
		"nothing": nil, "the warm-up only": made(30*time.Second, flat), "three points": made(length, flat)[:8],
		"no workers": made(length, func(s *demo.Sample, _ float64) { s.Workers = nil }),
		"workers that never last": made(length, func(s *demo.Sample, _ float64) {
			s.Workers["dermbox-imaging camera"] = demo.Worker{PID: int(s.At), RSSMiB: 70, Descriptors: 12}
		}),
	} {
		if grew, err := grown(samples, length); err == nil || len(grew) > 0 {
			t.Errorf("%s: grew %q, %v", name, grew, err)
		}
	}
}

// grown names what grew.
func grown(samples []demo.Sample, length time.Duration) (names []string, err error) {
	trends, err := demo.Trends(samples, length)
	for _, t := range trends {
		if t.Grew {
			names = append(names, t.What)
		}
	}
	return names, err
}
