package kiosk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/kiosk"
)

// inForce is a live box with a model of a status.
func inForce(status string) func(*kiosk.Options) {
	return func(o *kiosk.Options) {
		o.Demonstration = false
		o.Model = func() appliance.ModelRef { return appliance.ModelRef{ID: "m", Version: "1", Status: status} }
	}
}

// While a model is in force that is not approved, every page says that it is not for clinical use, whatever else the box is: those of
// the visit, those beside it and those of what went wrong. With an approved one none does. The routes say which pages there are. (inspect looks at every answer.)
func TestEveryPageHasTheModelsMark(t *testing.T) {
	for _, status := range []string{"simulation", "demonstration", "evaluation", "", appliance.Approved} {
		t.Run("status "+status, func(t *testing.T) {
			x := newRig(t, inForce(status))
			x.live = status == appliance.Approved
			mark := text.Mark(appliance.NotForClinicalUse(appliance.ModelRef{ID: "m", Status: status}))
			see := func(a answer) {
				t.Helper()
				if !strings.Contains(a.body, mark) || (mark == "") != x.live {
					t.Errorf("a page lacks %q", mark)
				}
			}
			see(x.get("/sign-in"))
			visit, _, banner, lesion := x.ready()
			x.post(visit+"/capture", url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}})
			for _, page := range append(kiosk.Pages(), "/visits/none") {
				switch page {
				case "/visits/{id}": // leads to the visit's next step
					continue
				case "/visits/{id}/saved":
					see(x.post(visit+"/check", url.Values{"banner": {banner}}))
					x.want(visit+"/check", allDeclared(banner), visit+"/saved")
				}
				page = strings.NewReplacer("{$}", "", "/visits/{id}", visit).Replace(page)
				if a := x.get(page); a.status < 300 || a.status >= 400 {
					see(a)
				} else {
					t.Errorf("%s leads to %s", page, a.location)
				}
			}
		})
	}
}

// A case that an earlier model spoke of keeps its mark, on a box whose model is approved now.
func TestACaseKeepsItsMark(t *testing.T) {
	x := newRig(t, inForce(appliance.Approved))
	x.live = true
	visit, id, _, lesion := x.ready()
	x.visits.mu.Lock()
	x.visits.cases[id].Findings = []appliance.Finding{{LesionID: appliance.LesionID(lesion), Model: appliance.ModelRef{ID: "m", Status: "demonstration"}}}
	x.visits.mu.Unlock()
	x.live = false
	if a := x.get(visit + "/images"); a.status != http.StatusOK || !strings.Contains(a.body, text.Mark("demonstration")) {
		t.Errorf("%d: no mark", a.status)
	}
	x.live = true
	x.get("/")
}
