package daemon_test

import (
	"database/sql"
	"encoding/json"
	"testing"
	"time"

	"dermbox/camera"
)

// openings reads the records of how the camera was opened, as the store has them.
func (r *rig) openings() []camera.Opened {
	r.Helper()
	db, err := sql.Open("sqlite3", "file:"+r.path("data/cases.db")+"?mode=ro")
	must(r, err)
	defer db.Close()
	rows, err := db.Query(`SELECT body FROM camera_openings ORDER BY id`)
	must(r, err)
	defer rows.Close()
	var list []camera.Opened
	for rows.Next() {
		var raw []byte
		must(r, rows.Scan(&raw))
		var o camera.Opened
		must(r, json.Unmarshal(raw, &o))
		list = append(list, o)
	}
	must(r, rows.Err())
	return list
}

// The rate changes with each frame; the opening is recorded once for all that.
func TestOpeningIsRecordedOnce(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.await("camera", "camera.state.ready")
	for end := time.Now().Add(patience); len(r.openings()) == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
	}
	time.Sleep(1500 * time.Millisecond) // several looks at a rate that is another each time
	got := r.openings()
	if len(got) != 1 || got[0].Backend != "stand-in" || got[0].MeasuredFPS <= 0 || got[0].Asked.Width != 64 {
		t.Fatalf("%+v", got)
	}
}

// A camera that went away and came back the same was opened again.
func TestEachOpeningIsRecorded(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/again", profile: camera.json}`
	r.start()
	for end := time.Now().Add(patience); len(r.openings()) < 2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", r.openings())
		}
	}
}

func TestCaptureNamesItsOpening(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	for end := time.Now().Add(patience); len(r.openings()) == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
	}
	x.calibrate()
	v := x.visit()
	must(t, v.Capture(t.Context()))
	got := x.trace(v.ID())
	if len(got.Openings) != 1 || len(got.Captures) != 1 || got.Captures[0].Overridden || got.Captures[0].SavedMS <= 0 {
		t.Fatalf("%+v", got)
	}
}

func TestHealthFollowsTheParts(t *testing.T) {
	x := newRig(t).start()
	if _, known := x.health()["shutter"]; known {
		t.Error("a shutter that is not configured is watched")
	}
	for check, key := range map[string]string{"camera": "camera.state.ready", "judge": "quality.state.ready", "rules": "daemon.rules_ok",
		"profile": "daemon.profile_ok", "camera_profile": "daemon.camera_profile_ok", "keyring": "daemon.keyring_ok", "space": "daemon.space_ok"} {
		if got := x.await(check, key); got.Level != "ok" || got.Who != "nobody" {
			t.Errorf("%s: %+v", check, got)
		}
	}
	if got := x.health()["model"]; got.Level != "warn" || got.Who != "it" { // there is no worker: work goes on
		t.Errorf("model: %+v", got)
	}
	if got := x.health()["sync"]; got.Level != "error" || got.Who != "it" {
		t.Errorf("sync: %+v", got)
	}
}

// Rules and profile that were good at the start run out while the daemon runs: health says so, and they count no more.
func TestSignedDataExpiresWhileRunning(t *testing.T) {
	r := newRig(t)
	soon := time.Now().Add(3 * time.Second).UTC().Format(`"2006-01-02T15:04:05Z"`)
	r.sign("clinical", "rules", "rules.json", rules(t, "expires_at", soon))
	r.sign("clinical", "profile", "quality.json", profile(t, "expires_at", soon))
	x := r.start()
	x.addStaff()
	for check, key := range map[string]string{"rules": "daemon.rules_expired", "profile": "daemon.profile_expired"} {
		if got := x.await(check, key); got.Level != "error" || got.Who != "it" {
			t.Errorf("%s: %+v", check, got)
		}
	}
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	if got := x.trace(v.ID()); !got.Captures[0].Overridden || got.Findings[0].Reason != "X22" {
		t.Fatalf("%+v", got)
	}
}

// A camera profile that runs out keeps its settings and loses its word on the optics, for the next still already.
func TestCameraProfileExpiresWhileRunning(t *testing.T) {
	r := newRig(t)
	soon := time.Now().Add(3 * time.Second).UTC().Format(`"2006-01-02T15:04:05Z"`)
	r.sign("clinical", "camera", "camera.json", cameraProfile(t, "expires_at", soon))
	x := r.start()
	x.addStaff()
	if got := x.await("camera_profile", "daemon.camera_profile_expired"); got.Level != "warn" || got.Who != "it" || got.Params["profile"] != "simulated-scope/1" {
		t.Errorf("%+v", got)
	}
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	if got := x.trace(v.ID()); !got.Captures[0].Overridden || got.Captures[0].Camera.Optics != "" || got.Findings[0].Reason != "X17" {
		t.Fatalf("%+v", got.Findings)
	}
}

// After a restart an expired profile is what it was before: the camera is opened with its settings, and its optics do not count.
func TestExpiredCameraProfileKeepsItsSettingsOverARestart(t *testing.T) {
	r := newRig(t)
	r.sign("clinical", "camera", "camera.json", cameraProfile(t, "expires_at", `"2026-11-22T00:00:01Z"`))
	x := r.start()
	x.addStaff()
	if got := x.await("camera_profile", "daemon.camera_profile_expired"); got.Level != "warn" || got.Params["profile"] != "simulated-scope/1" {
		t.Errorf("%+v", got)
	}
	x.await("camera", "camera.state.ready")
	var answer struct{ Opened camera.Opened }
	if _, raw := x.get("/v1/camera"); json.Unmarshal(raw, &answer) != nil || answer.Opened.Profile != "simulated-scope/1" || answer.Opened.Asked.FourCC != camera.MJPG {
		t.Errorf("opened with %+v", answer.Opened)
	}
	v := x.visit()
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	if got := x.trace(v.ID()); !got.Captures[0].Overridden || got.Captures[0].Camera.Optics != "" || got.Findings[0].Reason != "X17" {
		t.Fatalf("%+v", got.Findings)
	}
}
