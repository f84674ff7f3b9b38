package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"dermbox/camera/scope"
	"dermbox/inference"
)

// findingGoal is the aim, in milliseconds: the model's word is there before anybody looks for it.
const findingGoal = 1000

// fewestFindings is how many a 95th centile takes, and changeAfter after how many another photograph is shown: to show one takes longer
// than to judge it.
const (
	fewestFindings = 60
	changeAfter    = 15
)

// BenchmarkRecordFrameToFinding measures from the exposure of the frame that becomes a still to the finding: through the stream, the
// camera worker, decoding, preprocessing, the pipe, the model of photographs and its thresholds. Of that what begins with the still
// in hand is told beside it.
func BenchmarkRecordFrameToFinding(b *testing.B) {
	folder := b.TempDir()
	drawn(b, folder, 4)
	e := photographEvaluation(b, folder)
	var whole, inHand []float64
	err := e.with(b.Context(), func(ctx context.Context) error {
		turn := func() error {
			if i := len(whole); i%changeAfter == 0 {
				if err := e.show(ctx, scope.Subject{Kind: scope.Naevus, Tone: 2, Seed: int64(i / changeAfter)}); err != nil {
					return err
				}
			}
			all, still, err := e.frameToFinding(ctx)
			whole, inHand = append(whole, all), append(inHand, still)
			return err
		}
		for b.Loop() {
			if err := turn(); err != nil {
				return err
			}
		}
		for len(whole) < fewestFindings {
			if err := turn(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(centile(whole, 95), "inference.frame_to_finding_p95:ms")
	b.ReportMetric(findingGoal, "inference.frame_to_finding_p95:ms:goal")
	b.ReportMetric(centile(whole, 50), "ms-p50")
	b.ReportMetric(centile(inHand, 95), "ms-in-hand-p95")
}

// frameToFinding takes the next still and has it judged. It gives the milliseconds from its exposure to the finding, and those with the
// still in hand.
func (e *evaluation) frameToFinding(ctx context.Context) (whole, inHand float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	frame, err := e.camera.NextAfter(ctx, e.clock.Now())
	if err != nil {
		return 0, 0, err
	}
	began := e.clock.Now()
	scores, err := e.assess(ctx, frame.JPEG)
	if err != nil {
		return 0, 0, err
	}
	inference.Interpret(&e.pack.Manifest, scores)
	now := e.clock.Now()
	return float64(now.Mono-frame.Exposed.Mono) / 1e6, float64(now.Mono-began.Mono) / 1e6, nil
}

func centile(values []float64, share int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, len(sorted)*share/100)]
}
