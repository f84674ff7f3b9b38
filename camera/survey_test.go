package camera_test

import (
	"context"
	"errors"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
)

func TestSurveyCountsWhatComes(t *testing.T) {
	for _, tt := range []struct {
		how, state string
		counts     func(camera.Survey) int
	}{
		{"good", camera.StateReady, func(s camera.Survey) int { return s.Good }},
		{"frozen", camera.StateFrozen, func(s camera.Survey) int { return s.Repeated }},
		{"damaged", camera.StateDamaged, func(s camera.Survey) int { return s.Damaged }},
		{"size", camera.StateWrongSize, func(s camera.Survey) int { return s.WrongSize }},
	} {
		t.Run(tt.how, func(t *testing.T) {
			c := serve(t, tt.how, nil)
			await(t, c, tt.state)
			s, err := c.Survey(t.Context(), 20)
			if err != nil {
				t.Fatal(err)
			}
			if tt.counts(s) != 20 || s.Good+s.Repeated+s.Damaged+s.WrongSize != 20 || s.Bad() == (tt.how == "good") {
				t.Errorf("%+v", s)
			}
			if s.Seconds <= 0 || s.FPS <= 0 || s.MeanBytes <= 0 || s.SlowestMS <= 0 {
				t.Errorf("%+v", s)
			}
			if tt.how == "good" && (s.Clock != camera.ClockStream || s.Width == 0 || s.DelayP95MS < 0) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestSurveyOfASilentCamera(t *testing.T) {
	c := serve(t, "good", func(o *camera.ClientOptions) { o.WorkerPath = "/nonexistent" })
	await(t, c, camera.StateNoWorker)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Survey(ctx, 5); err == nil {
		t.Fatal("a survey of nothing")
	} else {
		wantKey(t, err, "camera.error.no_worker")
	}
}

func TestSurveyThatEndsEarlyTellsWhatItSaw(t *testing.T) {
	c := serve(t, "good", nil)
	await(t, c, camera.StateReady)
	ctx, cancel := context.WithCancel(t.Context())
	sub := c.Hub().Subscribe()
	defer sub.Close()
	go func() {
		defer cancel()
		for range 3 {
			if _, err := sub.Next(t.Context()); err != nil {
				return
			}
		}
	}()
	s, err := c.Survey(ctx, camera.MaxSurvey)
	if appliance.CodeOf(err) != appliance.Unavailable || !errors.Is(err, context.Canceled) || s.Good < 1 {
		t.Fatalf("%+v, %v", s, err)
	}
}
