//go:build opencv

package opencv_test

import (
	"context"
	"os"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

func profile(t testing.TB, name string) *quality.Profile {
	t.Helper()
	data, err := os.ReadFile("../quality/profiles/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := quality.ParseProfile(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func failures(v appliance.Verdict) (keys []string) {
	for _, m := range v.Measures {
		if !m.Pass {
			keys = append(keys, m.Key)
		}
	}
	return keys
}

func TestGoodStillsOfEveryToneAndKindPass(t *testing.T) {
	c, p := startJudge(t), profile(t, "scope-1080")
	for i, kind := range scope.Lesions() {
		for tone := 1; tone <= 6; tone++ {
			if raceDetector && (tone+i)%3 != 0 {
				continue
			}
			s := scope.Subject{Kind: kind, Tone: tone, Seed: 1000 + int64(tone), Hair: tone%2 == 0, Ruler: tone%3 == 0}
			jpeg, err := scope.Photograph(opencv.Encoder{}, s, scope.FaultNone)
			if err != nil {
				t.Fatal(err)
			}
			v, err := c.Measure(t.Context(), jpeg, p)
			if err != nil {
				t.Fatal(err)
			}
			if !v.Pass || v.HardFail || v.Profile != "scope-1080/2" || len(v.Measures) != len(quality.Names()) {
				t.Errorf("%+v: %v", s, v)
			}
		}
	}
}

func TestPoorStillsAreRefusedForTheRightReason(t *testing.T) {
	c, p := startJudge(t), profile(t, "scope-1080")
	for fault, want := range map[scope.Fault]string{
		scope.FaultBlur:   "quality.focus.low",
		scope.FaultDarken: "quality.exposure_mean.low",
		scope.FaultGlare:  "quality.clipped_high.high",
		scope.FaultSmall:  "quality.field_px.low",
	} {
		for i, kind := range scope.Lesions() {
			for _, tone := range []int{1, 3, 6} {
				if raceDetector && tone != 1+i {
					continue
				}
				s := scope.Subject{Kind: kind, Tone: tone, Seed: 2000 + int64(i), Hair: i%2 == 0}
				jpeg, err := scope.Photograph(opencv.Encoder{}, s, fault)
				if err != nil {
					t.Fatal(err)
				}
				v, err := c.Measure(t.Context(), jpeg, p)
				if err != nil {
					t.Fatal(err)
				}
				got := failures(v)
				if len(got) == 0 || !v.HardFail || got[0] != want {
					t.Errorf("%s of %+v: %v", fault, s, got)
				}
			}
		}
	}
}

// Skin alone has no lesion that could be seen.
func TestBareSkinIsRefused(t *testing.T) {
	c, p := startJudge(t), profile(t, "scope-1080")
	for _, tone := range []int{1, 3, 6} {
		s := scope.Subject{Kind: scope.Empty, Tone: tone, Seed: 3000 + int64(tone), Hair: tone == 3, Ruler: tone == 6}
		still, err := scope.Photograph(opencv.Encoder{}, s, scope.FaultNone)
		if err != nil {
			t.Fatal(err)
		}
		v, err := c.Measure(t.Context(), still, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := failures(v); len(got) == 0 || !v.HardFail || got[0] != "quality.lesion_contrast.low" {
			t.Errorf("%+v: %v", s, got)
		}
	}
}

func TestJudgeRefusesDamage(t *testing.T) {
	c := startJudge(t)
	still, err := scope.Photograph(opencv.Encoder{}, scope.Subject{Kind: scope.Empty, Tone: 2}, scope.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"nothing": {}, "short": {0xff, 0xd8, 0xff, 0xd9}, "cut": still[:len(still)/2], "text": []byte("not a picture"),
		"png": []byte("\x89PNG\r\n\x1a\n0000IHDR"),
	} {
		if _, err := c.Metrics(t.Context(), bad, quality.Whole); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("measure %s: %v", name, err)
		}
	}
	if _, err := c.Metrics(t.Context(), still, quality.Whole); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

func TestJudgeWithoutServe(t *testing.T) {
	c := quality.NewClient(quality.ClientOptions{WorkerPath: "/nonexistent", Log: silent, Clock: boottime{}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Metrics(ctx, []byte{1}, quality.Whole); appliance.CodeOf(err) != appliance.Unavailable {
		t.Fatal(err)
	}
}
