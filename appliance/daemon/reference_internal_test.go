package daemon

import (
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera/quality"
)

func TestStandingOfTheReference(t *testing.T) {
	shown := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	camera := appliance.Camera{Make: "m", Serial: "1", Optics: "o"}
	other := appliance.Camera{Make: "m", Serial: "2", Optics: "o"}
	c := appliance.Calibration{ID: "c", At: appliance.Stamp{Wall: shown, Mono: 1, Boot: "a"}, Camera: camera, CameraProfile: "scope/1",
		MMPerPX: 0.02, Width: 1920, Height: 1080}
	asking := &quality.Profile{Calibration: &quality.Calibration{MaxMean: 5, MaxPatch: 10, FreshHours: 4, RequiredHours: 24}}
	for name, tt := range map[string]struct {
		profile *quality.Profile
		camera  appliance.Camera
		set     string
		after   time.Duration
		key     string
		measure string // key of the failed measure
	}{
		"at once":             {asking, camera, "scope/1", 0, referenceFresh, ""},
		"nearly four hours":   {asking, camera, "scope/1", 4*time.Hour - 1, referenceFresh, ""},
		"four hours":          {asking, camera, "scope/1", 4 * time.Hour, referenceOld, ""},
		"nearly a day":        {asking, camera, "scope/1", 24*time.Hour - 1, referenceOld, ""},
		"a day":               {asking, camera, "scope/1", 24 * time.Hour, referenceExpired, "quality.reference.high"},
		"the clock fell back": {asking, camera, "scope/1", -time.Hour, referenceExpired, "quality.reference.low"},
		"another camera":      {asking, other, "scope/1", 0, referenceNone, "quality.reference.low"},
		"other settings":      {asking, camera, "scope/2", 0, referenceNone, "quality.reference.low"},
		"no card asked for":   {&quality.Profile{}, camera, "scope/1", 0, referenceUnused, ""},
		"no profile":          {nil, camera, "scope/1", 0, referenceUnused, ""},
		"no camera":           {asking, appliance.Camera{}, "", 0, referenceNone, "quality.reference.low"},
	} {
		r := &references{}
		r.add(c)
		at := shown.Add(tt.after)
		s := r.standing(tt.profile, tt.camera, tt.set, appliance.Stamp{Wall: at, Mono: 5, Boot: "b"}, at)
		if s.key != tt.key {
			t.Errorf("%s: %s, not %s", name, s.key, tt.key)
		}
		if counts := tt.key == referenceFresh || tt.key == referenceOld; (s.record(1920, 1080) != nil) != counts {
			t.Errorf("%s: recorded as %+v", name, s.record(1920, 1080))
		}
		if s.key == referenceUnused {
			continue
		}
		m := s.measure()
		if m.Key != tt.measure || m.Pass != (tt.measure == "") || !m.Hard || m.Name != "reference" || m.Max == nil || *m.Max != 24 || m.Unit != "h" {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// The newest of a camera counts, whatever another one was shown since.
func TestNewestOfACamera(t *testing.T) {
	a, b := appliance.Camera{Serial: "a"}, appliance.Camera{Serial: "b"}
	r := &references{}
	r.add(appliance.Calibration{ID: "1", Camera: a})
	r.add(appliance.Calibration{ID: "2", Camera: a})
	r.add(appliance.Calibration{ID: "3", Camera: b})
	if c, ok := r.newest(a, ""); !ok || c.ID != "2" {
		t.Errorf("%+v", c)
	}
	if c, ok := r.newest(b, ""); !ok || c.ID != "3" {
		t.Errorf("%+v", c)
	}
	if _, ok := r.newest(appliance.Camera{Serial: "c"}, ""); ok {
		t.Error("a camera that was shown no card")
	}
}
