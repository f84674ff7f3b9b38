package inference_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference"
)

func TestTryMeasures(t *testing.T) {
	got, err := inference.Try(within(t), options(t, "good"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Engine != "made-up engine" || got.Vectors != 2 || got.LoadMS <= 0 || got.RSS < 1<<20 {
		t.Fatalf("%+v", got)
	}
	if got.WorstDifference < 0 || got.WorstDifference > 1e-4 {
		t.Fatalf("differences up to %v", got.WorstDifference)
	}
}

func TestTryRefuses(t *testing.T) {
	for mode, want := range map[string]struct {
		code appliance.Code
		key  string
	}{
		"wrong": {appliance.Unverified, "inference.golden_mismatch"}, "refuse": {appliance.Unverified, "inference.model_refused"},
		"crash at load":  {appliance.Unavailable, "inference.model.crashed"},
		"hungry at load": {appliance.Unavailable, "inference.model.memory"},
		"spin at load":   {appliance.Unavailable, "inference.model.timeout"},
	} {
		t.Run(mode, func(t *testing.T) {
			_, err := inference.Try(within(t), options(t, mode))
			// Whose allocation meets the limit is chance: Go's runtime says that memory is out, the race detector's shadow is a bad address.
			if e, ok := errors.AsType[*appliance.Error](err); ok && mode == "hungry at load" && e.Params["signal"] == "segmentation violation" {
				want.key = "inference.model.crashed"
			}
			wantKey(t, err, want.code, want.key)
		})
	}
	o := options(t, "good")
	o.WorkerPath = "/nonexistent"
	_, err := inference.Try(within(t), o)
	wantKey(t, err, appliance.Unavailable, worker.KeyStart)
	o.Pack = nil
	_, err = inference.Try(within(t), o)
	wantKey(t, err, appliance.NotFound, "inference.no_model")
}

// What was measured before the refusal is given with it.
func TestTrySaysHowFarOff(t *testing.T) {
	got, err := inference.Try(within(t), options(t, "wrong"))
	if err == nil || got.WorstDifference < 0.009 || got.WorstDifference > 0.011 || got.Vectors != 0 {
		t.Fatalf("%+v %v", got, err)
	}
}

func TestTryEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := inference.Try(ctx, options(t, "slow"))
	if e, ok := errors.AsType[*appliance.Error](err); !ok || !errors.Is(err, context.DeadlineExceeded) || e.Code != appliance.Unavailable {
		t.Fatalf("got %v", err)
	}
}
