package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/camera"
)

func TestStatusOfANewBox(t *testing.T) {
	newRig(t, "").call("status").golden(t, "status-new", 5)
}

func TestStatusFromTheDisk(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	r.call("status").golden(t, "status-down", 5)
	r.call("status", "--json").golden(t, "status-down-json", 5)
}

// What is damaged is when somebody asks how the box stands: each fault is a check, and the rest is still told.
func TestStatusTellsTheRestWhenAPartIsDamaged(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	r.ok(os.MkdirAll(r.config.IdentityDir, 0o700))
	r.ok(os.WriteFile(r.config.IdentityDir+"/identity.json", []byte("{"), 0o600))
	got := r.call("status")
	got.want(t, 5, "is damaged or its files do not belong together", "Waiting to be sent: 1 case")
	if strings.Contains(got.out, "not enrolled") {
		t.Errorf("a damaged enrolment is called none:\n%s", got.out)
	}
	r.ok(os.WriteFile(r.config.Database(), []byte("this is no database, and it is long enough to be one"), 0o600))
	got = r.call("status")
	got.want(t, 5, "is damaged or its files do not belong together", "cases, since", "NOT running")
	if strings.Contains(got.out, "Nothing waits") {
		t.Errorf("nobody counted, and none waits:\n%s", got.out)
	}
	var s status
	r.call("status", "--json").decode(t, &s)
	if s.Cases != nil || s.Health.Level != health.Error || len(s.Health.Checks) != 3 {
		t.Errorf("%+v", s)
	}
}

func stampAt(at time.Time) appliance.Stamp { return appliance.Stamp{Wall: at, Boot: "b"} }

func report() health.Report {
	return health.Report{Level: health.Error, At: stampAt(moment), Checks: []health.State{
		{Name: "camera", Level: health.Error, Key: "health.service.failed", Params: map[string]string{"service": "camera"}, Who: health.HCA, Since: stampAt(moment.Add(-time.Hour))},
		{Name: "model", Level: health.OK, Key: "health.ok", Who: health.Nobody, Since: stampAt(moment)},
	}}
}

func TestStatusOfARunningDaemon(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	last := moment.Add(-10 * time.Minute)
	r.daemon(map[string]any{
		"GET /v1/status": running{Version: "9.9", Mode: "demonstration", Site: r.config.Facts(), Kiosk: "http://127.0.0.1:8460",
			Sending: appliance.SendingStatus{LastContact: &last, LastError: "health.starting", Waiting: 1},
			Camera: &camera.Opened{URL: "0c45:6366:SN0001", Profile: "uvc-scope-sample/1", MeasuredFPS: 29.97, StillSwitchMS: 512.4,
				ReadBack: camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30}, Controls: []camera.ControlReading{
					{Name: "exposure_auto", Asked: 1, ReadBack: 1, OK: true}, {Name: "gain", Asked: 0, ReadBack: 32}}}},
		"GET /v1/health": report(),
	})
	r.call("status").golden(t, "status-running", 5)
	var s status
	r.call("status", "--json").decode(t, &s)
	if !s.Running || s.Version != "9.9" || s.Cases[appliance.Queued] != 1 || len(s.SetAside) != 1 || s.Health.Level != health.Error || s.Sending.Waiting != 1 {
		t.Errorf("status %+v", s)
	}
}

// TestStatusCountsTheLivePicture: in words while somebody watches, and always in JSON.
func TestStatusCountsTheLivePicture(t *testing.T) {
	r := newRig(t, "")
	said := running{Mode: "demonstration", Preview: &appliance.PreviewStatus{Viewers: 2, Sent: 900, Dropped: 7}, Goroutines: 41}
	d := r.daemon(map[string]any{"GET /v1/status": said, "GET /v1/health": report()})
	r.call("status").want(t, 5, "2 watching now", "900 frames sent and 7 dropped")
	var s status
	r.call("status", "--json").decode(t, &s)
	if s.Preview == nil || s.Preview.Sent != 900 || s.Goroutines != 41 {
		t.Errorf("status %+v", s)
	}
	said.Preview.Viewers = 0
	d.answers["GET /v1/status"] = said
	if out := r.call("status"); strings.Contains(out.out, "watching") {
		t.Errorf("nobody watches, and the status says\n%s", out.out)
	}
}

func TestHealth(t *testing.T) {
	r := newRig(t, "")
	r.call("health").golden(t, "health-down", 5)
	d := r.daemon(map[string]any{"GET /v1/health": report()})
	r.call("health").golden(t, "health", 5)
	good := report()
	good.Level, good.Checks = health.Warn, good.Checks[1:]
	d.answers["GET /v1/health"] = good
	r.call("health", "--json").want(t, 0, `"level": "warn"`)
}

func TestDaemonThatCannotBeUnderstood(t *testing.T) {
	r := newRig(t, "")
	d := r.daemon(map[string]any{"GET /v1/health": "<html>"})
	r.call("health").want(t, 1, "cannot be understood")
	d.answers["GET /v1/health"] = appliance.E(appliance.Full, "The disk is full.", nil)
	r.call("health").want(t, 7, "dermboxctl: The disk is full.")
	d.answers["GET /v1/health"] = 500
	r.call("health").want(t, 1, "same version")
	delete(d.answers, "GET /v1/health")
	r.call("health").want(t, 5, "cannot do this")
}

func TestSocketLeftByAKilledDaemon(t *testing.T) {
	r := newRig(t, "")
	r.daemon(nil)
	r.ok(os.Rename(r.config.Control.Socket, r.path("old")))
	r.ok(os.WriteFile(r.config.Control.Socket, nil, 0o600)) // something that nobody listens on
	r.call("status").want(t, 5, "NOT running")
}

func TestSyncNow(t *testing.T) {
	r := newRig(t, "")
	r.call("sync", "now").want(t, 5, "not running", "systemctl start dermboxd")
	d := r.daemon(map[string]any{"POST /v1/sync/kick": map[string]bool{"kicked": true}})
	r.call("sync", "now").want(t, 0, "tries the hub now")
	if len(d.asked) != 1 || d.asked[0] != "POST /v1/sync/kick" {
		t.Errorf("asked %v", d.asked)
	}
	d.answers["POST /v1/sync/kick"] = map[string]bool{"kicked": false}
	r.call("sync", "now").want(t, 5, "does not send")
}
