package demo_test

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"dermbox/firmware/demo"
)

func TestFit(t *testing.T) {
	series := func(value func(i int) float64) []demo.Point {
		var all []demo.Point
		for i := range 100 {
			all = append(all, demo.Point{At: float64(5 * i), Value: value(i)})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		value  func(i int) float64
		growth float64
		grew   bool
	}{
		{"flat", func(int) float64 { return 80 }, 0, false},
		{"a leak", func(i int) float64 { return 80 + float64(i) }, 75, true},
		{"grows in the warm-up only", func(i int) float64 { return 80 + float64(min(i, 24)) }, 0, false},
		{"spikes", func(i int) float64 { return 80 + 500*float64(i%10/9) }, 0, false},
		{"a leak under spikes", func(i int) float64 { return float64(i) + 500*float64(i%10/9) }, 75, true},
		{"saw", func(i int) float64 { return 80 + float64(i%7) }, 0, false},
		{"shrinks", func(i int) float64 { return 200 - float64(i) }, -75, false},
	} {
		got, err := demo.Series{What: "descriptors", Unit: "open", Bound: 8, WarmUp: 120, Points: series(c.value)}.Fit()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if math.Abs(got.Growth-c.growth) > 2 || got.Grew != c.grew {
			t.Errorf("%s: growth %v, grew %t, want %v and %t", c.name, got.Growth, got.Grew, c.growth, c.grew)
		}
	}
	for _, memory := range []bool{false, true} {
		for n := range 4 {
			s := demo.Series{What: "memory", Bound: 8, WarmUp: 120, Memory: memory, Points: series(func(int) float64 { return 80 })[:24+n]}
			if got, err := s.Fit(); err == nil || got.Grew {
				t.Errorf("%d points after the warm-up say %+v", n, got)
			}
		}
	}
}

// TestLeastSeesALeakUnderCollections: memory that swings by far more than it leaks.
func TestLeastSeesALeakUnderCollections(t *testing.T) {
	var swings, leaks []demo.Point
	for i := range 400 {
		swing := 30 + 30*float64(i%5)
		swings = append(swings, demo.Point{At: float64(5 * i), Value: swing})
		leaks = append(leaks, demo.Point{At: float64(5 * i), Value: swing + float64(i)/8})
	}
	fit := func(points []demo.Point) demo.Trend {
		got, err := demo.Series{What: "memory", Bound: 32, WarmUp: 450, Memory: true, Points: points}.Fit()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := fit(swings); got.Growth != 0 {
		t.Errorf("swings grew by %v", got.Growth)
	}
	if got := fit(leaks); !got.Grew || got.Growth < 36 || got.Growth > 40 {
		t.Errorf("a leak of 38 is seen as %v", got.Growth)
	}
}

// TestMemoryThatComesBackToItsFloorHasNotGrown: the daemon gives back late in the soak, and once.
func TestMemoryThatComesBackToItsFloorHasNotGrown(t *testing.T) {
	points := func(givenBack bool) (all []demo.Point) {
		for i := range 80 {
			p := demo.Point{At: float64(5 * i), Value: 80 + float64(i)}
			if givenBack && i >= 70 && i < 75 {
				p.Value = 80
			}
			all = append(all, p)
		}
		return all
	}
	for _, givenBack := range []bool{false, true} {
		got, err := demo.Series{What: "memory", Bound: 32, Memory: true, Points: points(givenBack)}.Fit()
		if err != nil || got.Grew == givenBack {
			t.Errorf("given back %t: %+v, %v", givenBack, got, err)
		}
	}
}

func TestUsageOfAProcess(t *testing.T) {
	before, err := demo.UsageOf(os.Getpid())
	if err != nil || before.RSSMiB < 1 || before.RSSMiB > 4096 || before.Descriptors < 3 {
		t.Fatalf("%+v, %v", before, err)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if after, err := demo.UsageOf(os.Getpid()); err != nil || after.Descriptors != before.Descriptors+1 || after.CPU < before.CPU {
		t.Errorf("%+v, then with one file more %+v, %v", before, after, err)
	}
	if _, err := demo.UsageOf(0); err == nil {
		t.Error("process 0 has a usage")
	}
}

func TestWorkersOfAProcess(t *testing.T) {
	child := exec.Command("/bin/sh", "-c", "read line")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	found, err := demo.WorkersOf(os.Getpid())
	if err != nil || found["sh"] != child.Process.Pid {
		t.Errorf("%v, %v, want sh as %d", found, err, child.Process.Pid)
	}
	in.Close()
	if err := child.Wait(); err != nil && !strings.Contains(err.Error(), "exit status") {
		t.Error(err)
	}
}
