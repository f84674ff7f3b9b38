package daemon_test

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/store"
	"dermbox/appliance/text"
	"dermbox/appliance/vault"
)

// calibrated is the answer to POST /v1/camera/calibrate.
type calibrated struct {
	Pass     bool
	Key      string
	Sentence string
	Now      standing
}

// standing is the answer to GET /v1/camera/calibration.
type standing struct {
	Key         string
	Sentence    string
	InForce     *appliance.Calibration `json:"in_force"`
	FreshUntil  *time.Time             `json:"fresh_until"`
	CountsUntil *time.Time             `json:"counts_until"`
}

func (x *running) standing() (s standing) {
	x.Helper()
	code, raw := x.get("/v1/camera/calibration")
	if code != http.StatusOK || json.Unmarshal(raw, &s) != nil {
		x.Fatalf("%d %s", code, raw)
	}
	return s
}

func reference(v appliance.Verdict) *appliance.Measure {
	if i := slices.IndexFunc(v.Measures, func(m appliance.Measure) bool { return m.Name == "reference" }); i >= 0 {
		return &v.Measures[i]
	}
	return nil
}

// Until the card was shown no still may be judged by a model, and none has millimetres; from then on every still says under
// which calibration it was taken, over a restart too.
func TestCalibrate(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	x.await("reference", "daemon.reference_none")
	before := x.visit()
	must(t, before.Capture(t.Context()))
	got := x.trace(before.ID()).Captures[0]
	if m := reference(got.Quality); m == nil || m.Pass || !m.Hard || m.Key != "quality.reference.low" || !got.Quality.HardFail || got.Reference != nil || !got.Overridden {
		t.Errorf("before: %+v", got)
	}
	code, raw := x.call(http.MethodPost, "/v1/camera/calibrate", `{"operator":"`+staffID+`"}`)
	var answer calibrated
	if code != http.StatusOK || json.Unmarshal(raw, &answer) != nil || !answer.Pass || answer.Key != "quality.card.ok" || answer.Now.InForce == nil {
		t.Fatalf("%d %s", code, raw)
	}
	c := *answer.Now.InForce
	if math.Abs(c.MMPerPX-0.02) > 1e-6 || c.Operator != staffID || c.Card != "dermbox-20/1" || c.CameraProfile != "simulated-scope/1" ||
		c.Profile != "scope-1080/2" || c.Camera.Make != "stand-in" || c.ScanSHA256 == "" || c.At.Boot == "" || c.At.Quality == "" || c.Gains[1] != 1 {
		t.Errorf("%+v", c)
	}
	if fresh, counts := answer.Now.FreshUntil, answer.Now.CountsUntil; fresh.Sub(c.At.Wall) != 4*time.Hour || counts.Sub(c.At.Wall) != 24*time.Hour {
		t.Errorf("fresh until %s, counts until %s", fresh, counts)
	}
	x.await("reference", "daemon.reference_fresh")
	must(t, x.stop())
	x = r.start()
	x.await("camera", "camera.state.ready")
	if s := x.standing(); s.Key != "daemon.reference_fresh" || s.InForce == nil || s.InForce.ID != c.ID {
		t.Fatalf("after a restart: %+v", s)
	}
	after := x.visitOf("9990000018")
	must(t, after.Capture(t.Context()))
	got = x.trace(after.ID()).Captures[0]
	if got.Overridden || got.Reference == nil || got.Reference.Calibration != c.ID || got.Reference.Gains != c.Gains || got.Reference.MMPerPX != c.MMPerPX {
		t.Errorf("after: %+v", got)
	}
	if m := reference(got.Quality); m == nil || !m.Pass || m.Value > 1 {
		t.Errorf("after: %+v", m)
	}
}

// A picture without a card calibrates nothing, and leaves what is in force.
func TestCalibrateWithoutACard(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/nocard", profile: camera.json}`
	x := r.start()
	x.await("camera", "camera.state.ready")
	code, raw := x.call(http.MethodPost, "/v1/camera/calibrate", "{}")
	var answer calibrated
	if code != http.StatusOK || json.Unmarshal(raw, &answer) != nil || answer.Pass || answer.Key != "quality.card.none" || answer.Sentence == "" || answer.Now.InForce != nil {
		t.Errorf("%d %s", code, raw)
	}
	if s := x.standing(); s.Key != "daemon.reference_none" || s.InForce != nil || s.CountsUntil != nil {
		t.Errorf("%+v", s)
	}
	for name, body := range map[string]string{"no name": `{"operator":"Ottoline Quillfeather"}`, "no request": `{"card":1}`} {
		if code, _ := x.call(http.MethodPost, "/v1/camera/calibrate", body); code != http.StatusBadRequest {
			t.Errorf("%s: %d", name, code)
		}
	}
}

// Where the profile asks for no card there is nothing to calibrate, and stills pass without; the same without a profile.
func TestNoCardIsAskedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		calibration string
		optics      string
		code        int
		overridden  bool
	}{
		"no card":      {"null", "/good", http.StatusConflict, false},
		"other optics": {`{"max_mean": 5, "max_patch": 10, "fresh_hours": 4, "required_hours": 24}`, "/other", http.StatusConflict, true},
	} {
		r := newRig(t)
		r.settings["camera"] = `{url: "http://127.0.0.1:1` + tt.optics + `", profile: camera.json}`
		r.sign("clinical", "profile", "quality.json", profile(t, "calibration", tt.calibration))
		x := r.start()
		x.addStaff()
		x.await("camera", "camera.state.ready")
		if code, raw := x.call(http.MethodPost, "/v1/camera/calibrate", "{}"); code != tt.code {
			t.Errorf("%s: %d %s", name, code, raw)
		}
		if s := x.standing(); s.Key != "daemon.reference_unused" {
			t.Errorf("%s: %+v", name, s)
		}
		v := x.visit()
		must(t, v.Capture(t.Context()))
		got := x.trace(v.ID()).Captures[0]
		if got.Overridden != tt.overridden || reference(got.Quality) != nil || got.Reference != nil {
			t.Errorf("%s: %+v", name, got)
		}
		if _, watched := x.health()["reference"]; watched {
			t.Errorf("%s: health asks for a card", name)
		}
	}
}

// A camera that was never opened may be any: it is not said to need no card, nor to have no profile, and is asked for first.
func TestCalibrateWhileTheCameraIsAway(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/away", profile: camera.json}`
	x := r.start()
	x.await("camera", "camera.state.unreachable")
	if s := x.standing(); s.Key != "daemon.reference_away" || s.InForce != nil || !strings.Contains(s.Sentence, "not known") {
		t.Errorf("%+v", s)
	}
	code, raw := x.call(http.MethodPost, "/v1/camera/calibrate", "{}")
	if code != http.StatusServiceUnavailable || !strings.Contains(string(raw), text.T("camera.error.unreachable", nil)) {
		t.Errorf("%d %s", code, raw)
	}
	if _, watched := x.health()["reference"]; watched {
		t.Error("health asks for a card of a camera that is away")
	}
}

// Where no profile asks for a card, a camera that is away needs none either.
func TestNoCardOfACameraThatIsAway(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/away", profile: camera.json}`
	r.sign("clinical", "profile", "quality.json", profile(t, "calibration", "null"))
	x := r.start()
	x.await("camera", "camera.state.unreachable")
	if s := x.standing(); s.Key != "daemon.reference_unused" {
		t.Errorf("%+v", s)
	}
}

// What was shown too long ago, or to another camera, counts no more: the lesion goes to a human and the visit to its end.
func TestCalibrationRunsOut(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*appliance.Calibration)
		health string
		key    string // of the failed measure
	}{
		"a day ago":         {func(c *appliance.Calibration) { c.At.Wall = c.At.Wall.Add(-25 * time.Hour) }, "daemon.reference_expired", "quality.reference.high"},
		"in the future":     {func(c *appliance.Calibration) { c.At.Wall = c.At.Wall.Add(9 * time.Hour) }, "daemon.reference_expired", "quality.reference.low"},
		"to another camera": {func(c *appliance.Calibration) { c.Camera.Serial = "another" }, "daemon.reference_none", "quality.reference.low"},
		"hours ago":         {func(c *appliance.Calibration) { c.At.Wall = c.At.Wall.Add(-5 * time.Hour) }, "daemon.reference_old", ""},
	} {
		r := newRig(t)
		c := appliance.Calibration{ID: appliance.NewID(), At: appliance.Stamp{Wall: time.Now().UTC(), Boot: "another"}, ScanSHA256: "s",
			Camera: appliance.Camera{Make: "stand-in", Optics: appliance.OpticsSimulatedScope}, CameraProfile: "simulated-scope/1", Gains: [3]float64{1, 1, 1}}
		tt.change(&c)
		r.saveCalibration(c)
		x := r.start()
		x.addStaff()
		x.await("camera", "camera.state.ready")
		if got := x.await("reference", tt.health); got.Level != "warn" || got.Who != "hca" {
			t.Errorf("%s: %+v", name, got)
		}
		v := x.visit()
		must(t, v.Capture(t.Context()))
		must(t, v.SignOff(t.Context()))
		got := x.trace(v.ID())
		m := reference(got.Captures[0].Quality)
		if m == nil || m.Key != tt.key || got.Captures[0].Overridden != (tt.key != "") || (got.Captures[0].Reference == nil) != (tt.key != "") {
			t.Errorf("%s: %+v", name, got.Captures[0])
		}
		hard := slices.ContainsFunc(got.Findings[0].Hits, func(h appliance.RuleHit) bool { return h.Rule == "X18" })
		if hard != (tt.key != "") || got.Route != appliance.DermReviewNoAI {
			t.Errorf("%s: %+v", name, got.Findings)
		}
	}
}

// saveCalibration writes a calibration into the store of a box that does not run.
func (r *rig) saveCalibration(c appliance.Calibration) {
	r.Helper()
	settings := r.config()
	v, err := vault.Open(settings.VaultDir(), vault.FileProvider(settings.Vault.KeyFile))
	must(r, err)
	s, err := store.Open(r.Context(), store.Options{Path: settings.Database(), Vault: v, Clock: clock.System(time.Time{}, time.Time{}),
		Log: slog.New(slog.DiscardHandler), Software: "test", Mode: string(settings.Mode)})
	must(r, err)
	must(r, s.SaveCalibration(r.Context(), c, audit.Event{At: c.At, Actor: "test", Action: "camera.calibrate", Outcome: "ok"}))
	must(r, s.Close())
}
