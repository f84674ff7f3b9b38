//go:build opencv

package opencv_test

import (
	"slices"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// The aims, in milliseconds: a live verdict fits into a frame of 30 a second, and a still's is there before the user looks for it.
const (
	liveGoal  = 30
	stillGoal = 120
)

// BenchmarkRecordLiveVerdict holds a live verdict, from the frame's JPEG to the sentence, against its aim and, in a record of its own,
// against decoding the same frame at full size, on one core.
func BenchmarkRecordLiveVerdict(b *testing.B) {
	verdicts(b, "quality.verdict_p95", liveGoal, opencv.Live)
}

// BenchmarkRecordStillVerdict does so for a still.
func BenchmarkRecordStillVerdict(b *testing.B) {
	verdicts(b, "quality.still_verdict_p95", stillGoal, opencv.Measure)
}

// verdicts measures in turns with the bare decoder, on drawings that differ in what there is to see.
func verdicts(b *testing.B, name string, goal float64, measure func([]byte, quality.Part) (quality.Metrics, error)) {
	before := gocv.GetNumThreads()
	gocv.SetNumThreads(1)
	defer gocv.SetNumThreads(before)
	frames, p := frames(b), profile(b, "scope-1080")
	var ours, bare []float64
	turn := func() {
		jpeg := frames[len(ours)%len(frames)]
		ours = append(ours, took(func() {
			m, err := measure(jpeg, quality.Whole)
			if err != nil {
				b.Fatal(err)
			}
			quality.Judge(p, m)
		}))
		bare = append(bare, took(func() {
			if m, err := gocv.IMDecode(jpeg, gocv.IMReadColor); err != nil || m.Close() != nil {
				b.Fatal(err)
			}
		}))
	}
	for b.Loop() {
		turn()
	}
	for len(ours) < fewest { // a quantile of fewer says little
		turn()
	}
	b.ReportMetric(quantile(ours, 0.95), name+":ms")
	b.ReportMetric(goal, name+":ms:goal")
	b.ReportMetric(quantile(ours, 0.95), name+"_over_decode:ms")
	b.ReportMetric(quantile(bare, 0.95), name+"_over_decode:ms:bare_decode")
	b.ReportMetric(quantile(ours, 0.5), "ms-p50")
}

const fewest = 100

func frames(b *testing.B) (list [][]byte) {
	for i, kind := range append(scope.Lesions(), scope.Empty) {
		s := scope.Subject{Kind: kind, Tone: 1 + i, Seed: int64(i), Hair: i%2 == 0, Ruler: i == 1}
		jpeg, err := scope.Photograph(opencv.Encoder{}, s, scope.FaultNone)
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, jpeg)
	}
	return list
}

func took(work func()) float64 {
	start := time.Now()
	work()
	return float64(time.Since(start).Microseconds()) / 1000
}

func quantile(values []float64, share float64) float64 {
	slices.Sort(values)
	return values[min(len(values)-1, int(share*float64(len(values))))]
}
