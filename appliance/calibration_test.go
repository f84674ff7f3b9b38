package appliance_test

import (
	"testing"
	"time"

	"dermbox/appliance"
)

func TestCalibrationAge(t *testing.T) {
	shown := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	c := appliance.Calibration{At: appliance.Stamp{Wall: shown, Mono: 1000, Boot: "a"}}
	for name, tt := range map[string]struct {
		boot    string
		mono    time.Duration
		bounded time.Duration // after the card was shown
		want    time.Duration
		known   bool
	}{
		"same boot":                        {"a", 2 * time.Hour, 2 * time.Hour, 2 * time.Hour, true},
		"same boot, clock fell back":       {"a", 2 * time.Hour, -48 * time.Hour, 2 * time.Hour, true},
		"same boot, clock was put forward": {"a", 2 * time.Hour, 900 * time.Hour, 2 * time.Hour, true},
		"next boot":                        {"b", time.Minute, 5 * time.Hour, 5 * time.Hour, true},
		"next boot, clock fell back":       {"b", time.Minute, -time.Second, 0, false},
		"no boot known":                    {"", time.Minute, time.Hour, time.Hour, true},
	} {
		now := appliance.Stamp{Wall: shown.Add(tt.bounded), Mono: 1000 + int64(tt.mono), Boot: tt.boot}
		if got, known := c.Age(now, shown.Add(tt.bounded)); got != tt.want || known != tt.known {
			t.Errorf("%s: %s, %t", name, got, known)
		}
	}
}

func TestCalibrationIsOfOneCamera(t *testing.T) {
	camera := appliance.Camera{Make: "m", Model: "d", Serial: "1", Firmware: "2", Optics: "o", FieldMM: 20}
	c := appliance.Calibration{Camera: camera, CameraProfile: "scope/1"}
	if !c.Of(camera, "scope/1") {
		t.Fatal("not of its own camera")
	}
	for name, change := range map[string]func(*appliance.Camera){
		"make": func(c *appliance.Camera) { c.Make = "" }, "model": func(c *appliance.Camera) { c.Model = "e" },
		"serial": func(c *appliance.Camera) { c.Serial = "2" }, "firmware": func(c *appliance.Camera) { c.Firmware = "3" },
		"optics": func(c *appliance.Camera) { c.Optics = "p" },
	} {
		other := camera
		if change(&other); c.Of(other, "scope/1") {
			t.Errorf("counts for another %s", name)
		}
	}
	if c.Of(camera, "scope/2") {
		t.Error("counts although the camera is set by another profile")
	}
}

func TestReferenceOfAStill(t *testing.T) {
	c := appliance.Calibration{ID: "x", MMPerPX: 0.02, Width: 1920, Height: 1080, Gains: [3]float64{1.1, 1, 0.9}, MeanDeltaE: 1, MaxDeltaE: 2}
	if r := c.Reference(1920, 1080); r.MMPerPX != 0.02 || r.Calibration != "x" || r.Gains != c.Gains || r.MeanDeltaE != 1 || r.MaxDeltaE != 2 {
		t.Errorf("%+v", r)
	}
	if r := c.Reference(1280, 720); r.MMPerPX != 0 {
		t.Errorf("millimetres of another size: %+v", r)
	}
}
