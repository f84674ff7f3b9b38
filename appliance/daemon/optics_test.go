package daemon_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/inference/pack"
)

// A model that was made for public photographs judges those alone. What the simulated dermatoscope draws and what a clinic's camera sees
// is not assessed, for that reason in words, and a dermatologist reads it; the visit goes on with nothing on its pages that alarms.
func TestAModelJudgesItsOwnOpticsAlone(t *testing.T) {
	for optics, knows := range map[appliance.OpticsID]bool{appliance.OpticsPublicISIC: true, appliance.OpticsSimulatedScope: false, "clinic-dermatoscope": false} {
		t.Run(string(optics), func(t *testing.T) {
			r := newModelRig(newRig(t))
			r.settings["camera"] = fmt.Sprintf(`{url: "http://127.0.0.1:1/optics/%s", profile: camera.json}`, optics)
			r.sign("clinical", signed.KindProfile, "quality.json", profile(t, "optics", fmt.Sprintf("[%q]", optics)))
			r.changePack(func(m *pack.Manifest) {
				m.Status, m.Optics = pack.Demonstration, []pack.Optics{{ID: appliance.OpticsPublicISIC, FieldFraction: 1}}
			})
			x := r.start()
			x.addStaff()
			x.await("camera", "camera.state.ready")
			raw, err := os.ReadFile(r.path("model.dermpack"))
			must(t, err)
			x.inForce(digestOf(r, raw))
			x.calibrate()
			v := x.visit()
			must(t, v.Capture(t.Context()))
			x.calm(v.ID(), "images", "check")
			must(t, v.SignOff(t.Context()))
			saved := x.calm(v.ID(), "saved")
			got := x.trace(v.ID())
			f := got.Findings[0]
			if knows {
				if f.Status != appliance.Assessed || f.Model.Status != "demonstration" {
					t.Errorf("a photograph is %s (%s) by %+v: %+v", f.Status, f.Reason, f.Model, got.Captures[0].Quality)
				}
				return
			}
			if f.Status != appliance.NotAssessed || f.Reason != "X17" || f.Class != "" || len(f.Classes) > 0 || f.Route != appliance.DermReviewNoAI || got.State != appliance.Queued {
				t.Errorf("%s: %s (%s) %s, %v", got.State, f.Status, f.Reason, f.Route, f.Classes)
			}
			said := text.T("rules.X17", nil)
			if !strings.HasPrefix(said, "This model was not validated with this dermatoscope") || !strings.Contains(saved, said) {
				t.Errorf("%q is not on the page: %s", said, saved)
			}
		})
	}
}

// calm fails where a page of a visit has anything in the colours or words of an error, or where the next visit cannot begin. It gives the
// last page.
func (x *running) calm(id appliance.CaseID, pages ...string) (page string) {
	x.Helper()
	b := x.browser()
	_, err := x.signIn(b)
	must(x, err)
	for _, name := range pages {
		raw, err := b.Bytes(x.Context(), "/visits/"+string(id)+"/"+name)
		must(x, err)
		page = string(raw)
		for _, alarm := range []string{`role="alert"`, "calm alert", "error-summary", "field-error", "tag error"} {
			if strings.Contains(page, alarm) {
				x.Errorf("%s has %q: %s", name, alarm, page)
			}
		}
	}
	home, err := b.Get(x.Context(), "/")
	must(x, err)
	if !home.Has("/visits") {
		x.Errorf("no visit can begin: %s", home.Text)
	}
	return page
}
