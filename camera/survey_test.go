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

// Damage that only decoding finds is counted, and the camera is shown as damaged from then on until frames are whole again: a
// press would have been refused.
func TestSurveyFindsDamageThatOnlyDecodingShows(t *testing.T) {
	c := serve(t, "rot", nil)
	awaitRot(t, c)
	s, err := c.Survey(t.Context(), 20)
	if err != nil || s.Damaged != 20 || s.Good != 0 || !s.Bad() {
		t.Errorf("%+v %v", s, err)
	}
	await(t, c, camera.StateDamaged)
}

// awaitRot waits until the stand-in sends what it is for, of which the preview notices nothing.
func awaitRot(t *testing.T, c *camera.Client) {
	t.Helper()
	sub := c.Hub().Subscribe()
	defer sub.Close()
	for {
		f, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if camera.CheckScan(f.JPEG) != nil {
			return
		}
	}
}

// A press that is refused for damage is not forgotten: health says so without anybody pressing again.
func TestPressRefusedForDamageIsShown(t *testing.T) {
	c := serve(t, "rot", nil)
	awaitRot(t, c)
	if !c.State().Ready() {
		t.Fatalf("%s: the test proves nothing", c.State().Key)
	}
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.damaged")
	await(t, c, camera.StateDamaged)
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
