package daemon

import (
	"testing"

	"dermbox/appliance/health"
	"dermbox/camera"
)

// Whoever stands before the camera is asked for what hands can mend, and for nothing else.
func TestWhoMustActOnTheCamera(t *testing.T) {
	for key, want := range map[string]health.Check{
		camera.StateReady:       {Level: health.OK, Who: health.Nobody},
		camera.StateRate:        {Level: health.Warn, Who: health.IT},
		camera.StateSettings:    {Level: health.Error, Who: health.IT},
		camera.StateDenied:      {Level: health.Error, Who: health.IT},
		camera.StateBusy:        {Level: health.Error, Who: health.IT},
		camera.StateUnseen:      {Level: health.Error, Who: health.IT},
		camera.StateWrongFormat: {Level: health.Error, Who: health.IT},
		camera.StateNoWorker:    {Level: health.Error, Who: health.IT},
		camera.StateUnplugged:   {Level: health.Error, Who: health.HCA},
		camera.StateUnreachable: {Level: health.Error, Who: health.HCA},
		camera.StateDamaged:     {Level: health.Error, Who: health.HCA},
		camera.StateOpening:     {Level: health.Error, Who: health.HCA},
	} {
		got := standing(camera.State{Key: key})
		if got.Level != want.Level || got.Who != want.Who || got.Key != key {
			t.Errorf("%s: %+v", key, got)
		}
	}
}
