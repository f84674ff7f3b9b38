package main

import (
	"testing"

	"dermbox/appliance/config"
)

func TestConfigCheck(t *testing.T) {
	r := newRig(t, "")
	r.call("config", "check").golden(t, "config-check-good", 0)
	r.call("config", "check", "--json").want(t, 0, "[]")
	r.write("box.yaml", "mode: demonstration\nkiosk:\n  lisen: 127.0.0.1:1\nretention_days: many\nsite: {trust: RX0, code: RX0DM, name: Clinic}\n"+
		"camera: {usb: \"0c45:6366\"}\nrules: {file: r}\nquality: {profile: q}\n")
	r.call("config", "check").golden(t, "config-check-bad", 3)
	var list []problem
	bad := r.call("config", "check", "--json")
	bad.decode(t, &list)
	if bad.code != 3 || len(list) != 2 || list[0].Setting != "kiosk.lisen" || list[0].Key != "config.unknown_key" || list[1].Setting != "retention_days" {
		t.Errorf("code %d, problems %+v", bad.code, list)
	}
}

// Every command that needs settings stops at bad ones, with each problem on a line.
func TestBadConfigStopsEveryCommand(t *testing.T) {
	r := newRig(t, "")
	r.write("box.yaml", "kiosk:\n  lisen: x\nsyncc: 1\n")
	for _, args := range [][]string{{"status"}, {"health"}, {"case", "list"}, {"case", "show", "DX-1"}, {"reconcile"}, {"sync", "now"},
		{"user", "list"}, {"config", "show"}, {"verify", "x"}, {"key", "list"}} {
		r.call(args...).want(t, 3, `no setting "kiosk.lisen"`, `Did you mean "kiosk.listen"?`, `no setting "syncc"`, "dermboxctl: ")
	}
}

func TestConfigShow(t *testing.T) {
	r := newRig(t, "")
	r.call("config", "show").golden(t, "config-show", 0)
	var list []config.Entry
	r.call("config", "show", "--json").decode(t, &list)
	if len(list) < 25 || list[0].Key != "mode" || list[0].Value != "demonstration" {
		t.Errorf("entries %+v", list)
	}
	if got := r.call("config", "sample"); got.code != 0 || got.out != config.Sample() {
		t.Error("the sample is not the manual")
	}
	r.call("config", "show", "--config", r.path("none.yaml")).want(t, 3, "$BOX/none.yaml")
}
