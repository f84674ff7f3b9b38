package appliance_test

import (
	"testing"
	"time"

	"dermbox/appliance"
)

func TestCalibrationExpires(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)
	for expires, want := range map[appliance.Date]bool{
		"": false, "2026-11-23": false, "2026-11-22": false, "2026-11-21": true, "2020-01-01": true, "tomorrow": true,
	} {
		if got := (appliance.Camera{CalibrationExpires: expires}).CalibrationExpired(now); got != want {
			t.Errorf("%q: expired %v", expires, got)
		}
	}
}
