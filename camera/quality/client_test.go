package quality_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/worker"
	"dermbox/camera/quality"
)

// envChild makes this test binary a judge without OpenCV. The real one is tested in camera/opencv.
const envChild = "QUALITY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(envChild) != "" {
		os.Exit(worker.Main(worker.HandlerFunc(standIn)))
	}
	goleak.VerifyTestMain(m)
}

// standIn hangs over a still that says so, as OpenCV may over a damaged one.
func standIn(_ context.Context, _ string, _ json.RawMessage, jpeg []byte) (any, []byte, error) {
	if string(jpeg) == "hang" {
		select {}
	}
	return quality.Metrics{}, nil, nil
}

// A still that hangs the judge costs its own press and no later one.
func TestHungJudgeIsExchanged(t *testing.T) {
	c := quality.NewClient(quality.ClientOptions{
		WorkerPath: "/proc/self/exe", WorkerArgs: []string{}, WorkerEnv: []string{envChild + "=1", "GORACE=atexit_sleep_ms=0"},
		Stall: 500 * time.Millisecond, Log: slog.New(slog.DiscardHandler), Clock: clock.NewFake(time.Unix(1.8e9, 0)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	long, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	if _, err := c.Metrics(long, []byte("good"), quality.Whole); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		short, stop := context.WithTimeout(ctx, 100*time.Millisecond)
		_, err := c.Metrics(short, []byte("hang"), quality.Whole)
		stop()
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "quality.error.unavailable" {
			t.Fatalf("got error %v", err)
		}
	}
	for state, _ := c.State(); state != quality.StateDown; state, _ = c.State() {
		if long.Err() != nil {
			t.Fatal("the hung judge was not noticed")
		}
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Metrics(long, []byte("good"), quality.Whole); err != nil {
		t.Fatalf("the next press has no verdict: %v", err)
	}
}
