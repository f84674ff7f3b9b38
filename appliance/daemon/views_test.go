package daemon_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/demo"
)

// macroProfile gives the profile of close-ups, with one field changed where one is named.
func macroProfile(t *testing.T, field, value string) []byte {
	t.Helper()
	raw, err := os.ReadFile(root + "/camera/quality/profiles/scope-1080-macro.json")
	must(t, err)
	return changed(t, raw, field, value)
}

// Health tells of each profile by its file: one that is refused takes nothing from the others.
func TestEachProfileHasItsCheck(t *testing.T) {
	r := newRig(t)
	r.settings["quality"] = "{profiles: [quality.json, macro.json, again.json, gone.json]}"
	r.sign("clinical", signed.KindProfile, "macro.json", macroProfile(t, "", ""))
	r.sign("clinical", signed.KindProfile, "again.json", macroProfile(t, "views", `["oblique"]`))
	x := r.start()
	for name, key := range map[string]string{"profile": "daemon.profile_ok", "profile macro.json": "daemon.profile_ok",
		"profile again.json": "daemon.profile_overlaps", "profile gone.json": "daemon.file_missing"} {
		if got := x.await(name, key); (got.Level == "error") == (key == "daemon.profile_ok") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// press presses Capture once on the images page, for a view, and gives the page that follows.
func (x *running) press(v *demo.Visit, view appliance.View) *demo.Page {
	x.Helper()
	page, err := v.Browser.Get(x.Context(), "/visits/"+string(v.ID())+"/images")
	must(x, err)
	form, err := page.Form("/capture")
	must(x, err)
	must(x, form.Set("view", string(view)))
	page, err = v.Browser.Submit(x.Context(), page, form)
	must(x, err)
	return page
}

// A close-up is judged by the profile of close-ups, and where there is none by nobody: it can be kept with a reason.
func TestAViewHasItsProfile(t *testing.T) {
	for name, tt := range map[string]struct {
		settings string
		says     string
	}{
		"its profile": {"{profiles: [quality.json, macro.json]}", "kiosk.images.accepted"},
		"none":        {"{profiles: [quality.json]}", "daemon.no_profile_for_view"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.settings["quality"] = tt.settings
			r.sign("clinical", signed.KindProfile, "macro.json", macroProfile(t, "", ""))
			x := r.start()
			x.addStaff()
			x.await("camera", "camera.state.ready")
			v := x.visit()
			if page := x.press(v, appliance.Macro); !strings.Contains(page.Text, text.T(tt.says, nil)) {
				t.Errorf("a close-up: %s", page.Text)
			}
			if page := x.press(v, appliance.Dermoscopic); !strings.Contains(page.Text, text.T("kiosk.images.accepted", nil)) {
				t.Errorf("a dermoscopic still: %s", page.Text)
			}
		})
	}
}

// Three stills that the gate refuses are enough, as three presses without a camera are: the page offers to go on, and a human
// sees the patient. Each press stands in the record with its scores.
func TestThreeRefusalsEndInAHuman(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/other", profile: camera.json}`
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	for n := 1; n <= 3; n++ {
		page := x.press(v, appliance.Dermoscopic)
		if offers := strings.Contains(page.Text, text.T("kiosk.images.three_tries", nil)); offers != (n == 3) {
			t.Errorf("after %d presses going on is offered: %v", n, offers)
		}
	}
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	if got.Route != appliance.DermReviewNoAI || len(got.Captures) != 0 || len(got.Attempts) != 3 {
		t.Fatalf("%+v", got)
	}
	for _, raw := range got.Attempts {
		var a struct {
			Outcome string
			Verdict appliance.Verdict
		}
		must(t, json.Unmarshal(raw, &a))
		if a.Outcome != "held" || !slices.ContainsFunc(a.Verdict.Measures, func(m appliance.Measure) bool { return m.Key == "daemon.no_profile_for_camera" }) {
			t.Errorf("%s", raw)
		}
	}
}
