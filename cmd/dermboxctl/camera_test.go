package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/usb/usbtest"
)

func usbRig(t *testing.T, extra string) (*rig, usbtest.Tree) {
	t.Helper()
	r := newRig(t, "")
	tree := usbtest.New(t)
	r.sysRoot = tree.Root
	raw, err := os.ReadFile(r.path("box.yaml"))
	r.ok(err)
	r.write("box.yaml", strings.Replace(string(raw), `camera: {url: "http://127.0.0.1:8470/stream.mjpg"}`, "camera: {"+extra+"}", 1))
	return r, tree
}

func TestCameraList(t *testing.T) {
	r, tree := usbRig(t, `usb: "0c45:6366:SN0001"`)
	r.call("camera", "list").want(t, 0, "No USB camera is plugged in", "0c45:6366:SN0001, which is not plugged in")
	tree.PlugScope("1-2", "video0", "SN0001")
	tree.PlugScope("1-3", "video2", "SN0002")
	r.call("camera", "list").want(t, 0, "/dev/video0", "0c45:6366:SN0001", "1-2", "this box's", "/dev/video2", "0c45:6366:SN0002")
	var list []plugged
	r.call("camera", "list", "--json").decode(t, &list)
	if len(list) != 2 || !list[0].Ours || list[1].Ours || list[1].USB != "0c45:6366:SN0002" || list[1].Name != "USB Camera" {
		t.Errorf("%+v", list)
	}
}

func TestCameraListSaysWhenTheSettingsMeanSeveral(t *testing.T) {
	r, tree := usbRig(t, `usb: "0c45:6366"`)
	tree.PlugScope("1-2", "video0", "")
	tree.PlugScope("1-3", "video2", "")
	r.call("camera", "list").want(t, 0, "more than one is plugged in", "camera.usb_port")
}

// Before there are settings, the list is what one needs to write them.
func TestCameraListWithoutSettings(t *testing.T) {
	r, tree := usbRig(t, `usb: "0c45:6366"`)
	r.ok(os.Remove(r.path("box.yaml")))
	tree.PlugScope("1-2", "video0", "SN0001")
	r.call("camera", "list").want(t, 0, "0c45:6366:SN0001", "Put one of these into the setting camera.usb")
}

func TestCameraProbeRefusals(t *testing.T) {
	r, tree := usbRig(t, `usb: "0c45:6366"`)
	r.call("camera", "probe").want(t, 4, "0c45:6366")
	r.call("camera", "probe", "1234:5678").want(t, 4, "1234:5678")
	r.call("camera", "probe", "nonsense").want(t, 3, "nonsense")
	tree.PlugScope("1-2", "video4095", "SN0001") // whose device file is not there
	r.call("camera", "probe").want(t, 5, "/dev/video4095", "does not answer as a camera")
	http := newRig(t, "")
	http.call("camera", "probe").want(t, 5, "only the running daemon can say")
}

func opened() cameraAnswer {
	return cameraAnswer{EverOpened: true, State: camera.State{Key: camera.StateReady}, Opened: camera.Opened{
		Backend: "V4L2", Asked: camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30},
		ReadBack: camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 25}, MeasuredFPS: 24.9, Profile: "scope/3", StillSwitchMS: 321.5,
		Controls: []camera.ControlReading{{Name: "gain", Asked: 4, ReadBack: 4, OK: true}, {Name: "gamma", Asked: 100, ReadBack: 90}},
	}}
}

func TestCameraProbeOfARunningDaemon(t *testing.T) {
	r := newRig(t, "")
	r.daemon(map[string]any{"GET /v1/camera": opened()})
	r.call("camera", "probe").want(t, 0, "V4L2", "scope/3", "1920 x 1080, 30/s", "1920 x 1080, 25/s", "measured 24.9/s", "gain: 4, as asked", "gamma: 90, but 100 was asked for", "still mode took 322 ms")
	r.call("camera", "probe", "--new-profile", r.path("p.json")).want(t, 3, "only be drafted for a USB camera")
	var p probed
	r.call("camera", "probe", "--json").decode(t, &p)
	if p.InUse == nil || p.InUse.Opened.Profile != "scope/3" {
		t.Errorf("%+v", p)
	}
}

func TestCameraTest(t *testing.T) {
	good := camera.Survey{Good: 150, Seconds: 5, FPS: 29.8, SlowestMS: 41.2, DelayP95MS: 12.5, MeanBytes: 200_000, Width: 1920, Height: 1080, Clock: camera.ClockV4L2}
	bad := good
	bad.Good, bad.Damaged, bad.Lost, bad.DelayP95MS = 140, 10, 3, 0
	r := newRig(t, "")
	d := r.daemon(map[string]any{"GET /v1/camera/survey?frames=150": good, "GET /v1/camera/survey?frames=20": bad})
	r.call("camera", "test").want(t, 0, "150 good pictures of 1920 x 1080", "29.8/s", "12.5 ms", "Nothing was wrong")
	r.call("camera", "test", "--frames", "20").want(t, 5, "10 damaged", "3 lost", "gives no time of exposure")
	r.call("camera", "test", "--frames", "0").want(t, 3, "from 1 to 1800")
	if len(d.asked) != 2 {
		t.Errorf("%q", d.asked)
	}
}

func TestCameraTestNeedsTheDaemon(t *testing.T) {
	newRig(t, "").call("camera", "test").want(t, 5, "dermboxd")
}

func TestCameraWatch(t *testing.T) {
	r := newRig(t, "")
	r.daemon(map[string]any{"GET /v1/camera": opened()})
	r.call("camera", "watch", "--changes", "1").want(t, 0, "12:00:00.0  The camera is ready.")
	var a cameraAnswer
	r.call("camera", "watch", "--changes", "1", "--json").decode(t, &a)
	if a.State.Key != camera.StateReady {
		t.Errorf("%+v", a)
	}
	refusing := newRig(t, "")
	refusing.daemon(map[string]any{"GET /v1/camera": &appliance.Error{Code: appliance.Conflict, Key: "no"}})
	refusing.call("camera", "watch").want(t, 8, "no")
}

// What "camera watch" prints for a program is one JSON value after another.
func TestCameraWatchIsAStreamOfValues(t *testing.T) {
	r := newRig(t, "")
	r.daemon(map[string]any{"GET /v1/camera": opened()})
	out := r.call("camera", "watch", "--changes", "1", "--json").out
	if !json.Valid([]byte(out)) {
		t.Errorf("%q", out)
	}
}
