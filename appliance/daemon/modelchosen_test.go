package daemon_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"dermbox/inference/pack"
)

// What the settings' pack was refused for is no matter any more once somebody put a model in force.
func TestSettingsAreSettledByAnActivation(t *testing.T) {
	x, _, second := twoModels(t)
	must(t, x.stop())
	x.write("model.dermpack", x.wrongAnswers(80))
	x = x.start()
	x.await("model_pack", "inference.golden_mismatch")
	if _, code := x.activates(digestOf(x.rig, second), ""); code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	for end := time.Now().Add(patience); x.health()["model_pack"].Key != ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", x.health()["model_pack"])
		}
	}
	if l := x.inForce(digestOf(x.rig, second)); l.Settings != nil {
		t.Errorf("%+v", l.Settings)
	}
}

// A settings' pack that is still waited for does not take the place of a model that somebody put in force meanwhile.
func TestSettingsGiveWayToAnActivation(t *testing.T) {
	r := newModelRig(newRig(t))
	late := r.pack(func(m *pack.Manifest, _ map[string][]byte) { m.Version = 90 })
	must(t, os.Remove(r.path("model.dermpack")))
	must(t, os.Mkdir(r.path("model.dermpack"), 0o700))
	x := r.start()
	x.await("model", "pack.unreadable")
	second := r.version(70)
	if _, code := x.orders("/v1/models", string(second)); code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	if _, code := x.activates("simulation/70", ""); code != http.StatusOK {
		t.Fatalf("%d", code)
	}
	must(t, os.Remove(r.path("model.dermpack")))
	r.write("model.dermpack", late)
	time.Sleep(2500 * time.Millisecond) // it would be tried again by now, see firstWait
	x.inForce(digestOf(r, second))
}
