package daemon

import (
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/intake"
	"dermbox/appliance/signed"
	"dermbox/camera/quality"
)

// They are internal tests because which profile is found, and what is held against what, shows from outside as one word of many.

func profileOf(id string, optics appliance.OpticsID, views ...appliance.View) installed {
	p := &quality.Profile{Optics: []appliance.OpticsID{optics}, Views: views}
	p.ID = id
	return installed{Profile: p, check: id}
}

func TestProfileForAView(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	dermoscopic := profileOf("dermoscopic", "scope", appliance.Dermoscopic)
	macro := profileOf("macro", "scope", appliance.Macro, appliance.Oblique)
	other := profileOf("other", "photographs", appliance.Dermoscopic)
	past := profileOf("past", "scope", appliance.Regional)
	past.ExpiresAt = now.Add(-time.Hour)
	if signed.CheckExpiry(past.Header, now) == nil {
		t.Fatal("the expired profile has not expired")
	}
	all := profiles{dermoscopic, macro, other, past}
	for name, tt := range map[string]struct {
		optics  appliance.OpticsID
		view    appliance.View
		want    string
		missing string
	}{
		"dermoscopic":           {"scope", appliance.Dermoscopic, "dermoscopic", ""},
		"a close-up":            {"scope", appliance.Macro, "macro", ""},
		"oblique":               {"scope", appliance.Oblique, "macro", ""},
		"one that has expired":  {"scope", appliance.Regional, "", "daemon.no_profile_for_view"},
		"other optics":          {"photographs", appliance.Dermoscopic, "other", ""},
		"their close-up":        {"photographs", appliance.Macro, "", "daemon.no_profile_for_view"},
		"optics of no profile":  {"unheard-of", appliance.Dermoscopic, "", "daemon.no_profile_for_camera"},
		"a camera never opened": {"", appliance.Dermoscopic, "", "daemon.no_profile_for_camera"},
	} {
		p, missing := all.find(tt.optics, tt.view, now)
		if missing != tt.missing || (p == nil) != (tt.want == "") || p != nil && p.ID != tt.want {
			t.Errorf("%s: %+v, %s", name, p, missing)
		}
	}
}

func TestProfilesThatOverlapAreRefused(t *testing.T) {
	all := profiles{profileOf("first", "scope", appliance.Macro, appliance.Regional)}
	for name, tt := range map[string]struct {
		p   installed
		key string
	}{
		"the same view":    {profileOf("second", "scope", appliance.Oblique, appliance.Regional), "daemon.profile_overlaps"},
		"another view":     {profileOf("second", "scope", appliance.Dermoscopic), ""},
		"the same, beside": {profileOf("second", "photographs", appliance.Macro), ""},
	} {
		e, _ := asError(all.overlap(tt.p.Profile))
		if (e == nil) != (tt.key == "") || e != nil && (e.Key != tt.key || e.Params["other"] == "" || e.Params["profile"] == "") {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestTheNearestOtherLesionCounts(t *testing.T) {
	none := intake.Other{Label: "L9"}
	far, near := intake.Other{Label: "L1", Hash: "ffffffffffffffff"}, intake.Other{Label: "L2", Hash: "0000000000000007"}
	for name, tt := range map[string]struct {
		hash   string
		others []intake.Other
		label  string
		bits   float64
	}{
		"nobody beside":             {"0000000000000000", nil, "", -1},
		"the nearest of two":        {"0000000000000000", []intake.Other{far, near, none}, "L2", 3},
		"the first of equals":       {"0000000000000007", []intake.Other{near, {Label: "L3", Hash: near.Hash}}, "L2", 0},
		"all bits differ":           {"0000000000000000", []intake.Other{far}, "L1", 64},
		"a picture without a hash":  {"", []intake.Other{far, near}, "", -1},
		"other pictures without it": {"0000000000000000", []intake.Other{none}, "", -1},
	} {
		m := quality.Metrics{Hash: tt.hash}
		label := hold(&m, tt.others)
		got, measured := m.Values[quality.Twin]
		if label != tt.label || measured != (tt.bits >= 0) || measured && got != tt.bits {
			t.Errorf("%s: %s %v", name, label, m.Values)
		}
	}
	v := named(appliance.Verdict{Measures: []appliance.Measure{{Name: "focus"}, {Name: quality.Twin}}}, "L2")
	if v.Measures[0].Params != nil || v.Measures[1].Params["label"] != "L2" {
		t.Errorf("%+v", v.Measures)
	}
	if v := named(appliance.Verdict{Measures: []appliance.Measure{{Name: quality.Twin, Pass: true}}}, "L2"); v.Measures[0].Params != nil {
		t.Errorf("a label where nothing is wrong: %+v", v.Measures)
	}
}
