package quality_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera/quality"
)

func TestCalibrationOfTheProfiles(t *testing.T) {
	c := load(t, "scope-1080").Calibration
	if c == nil || c.MaxMean != 5 || c.MaxPatch != 10 || c.Fresh() != 4*time.Hour || c.Required() != 24*time.Hour {
		t.Errorf("scope-1080: %+v", c)
	}
	if l := c.Limits(); l.MaxMean != 5 || l.MaxPatch != 10 {
		t.Errorf("limits %+v", l)
	}
	for _, name := range []string{"public-256", "scope-1080-macro"} {
		if load(t, name).Calibration != nil {
			t.Errorf("%s asks for a card", name)
		}
	}
}

func TestCalibrationIsChecked(t *testing.T) {
	whole, err := os.ReadFile("profiles/scope-1080.json")
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"max_mean": 5, "max_patch": 10, "fresh_hours": 4, "required_hours": 24}`
	for bad, ok := range map[string]bool{
		good: true,
		`{"max_mean": 5, "max_patch": 5, "fresh_hours": 24, "required_hours": 24}`: true,
		`{}`: false,
		`{"max_mean": 0, "max_patch": 10, "fresh_hours": 4, "required_hours": 24}`:                 false,
		`{"max_mean": -1, "max_patch": 10, "fresh_hours": 4, "required_hours": 24}`:                false,
		`{"max_mean": 11, "max_patch": 10, "fresh_hours": 4, "required_hours": 24}`:                false,
		`{"max_mean": 5, "max_patch": 101, "fresh_hours": 4, "required_hours": 24}`:                false,
		`{"max_mean": 5, "max_patch": 10, "fresh_hours": 0, "required_hours": 24}`:                 false,
		`{"max_mean": 5, "max_patch": 10, "fresh_hours": 25, "required_hours": 24}`:                false,
		`{"max_mean": 5, "max_patch": 10, "fresh_hours": 4, "required_hours": 1e9}`:                false,
		`{"max_mean": 5, "max_patch": 10, "fresh_hours": 4, "required_hours": 24, "card": "mine"}`: false,
	} {
		changed := strings.Replace(string(whole), good, bad, 1)
		if bad != good && changed == string(whole) {
			t.Fatal("nothing changed")
		}
		if _, err := quality.ParseProfile([]byte(changed)); (err == nil) != ok || !ok && appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	macro := strings.Replace(string(whole), `"views": ["dermoscopic"]`, `"views": ["macro"]`, 1)
	if _, err := quality.ParseProfile([]byte(macro)); appliance.CodeOf(err) != appliance.Invalid {
		t.Errorf("a card for close-ups: %v", err)
	}
}
