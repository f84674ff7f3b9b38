package hub_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/hub"
)

// A case page says that a model is not for clinical use, whether it spoke of a lesion or was in force when the clinic signed off; with an
// approved one it does not.
func TestCasePageHasTheModelsMark(t *testing.T) {
	for name, tt := range map[string]struct {
		model, record, want string // statuses
	}{
		"simulation":            {"simulation", "", "simulation"},
		"demonstration":         {"demonstration", "demonstration", "demonstration"},
		"in force, not asked":   {"", "demonstration", "demonstration"},
		"of a status not known": {"new", "", "new"},
		"approved":              {appliance.Approved, "", ""},
		"none":                  {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := newRig(t, func(o *hub.Options) { o.Demonstration = false })
			c := &x.cases.detail.Case
			c.Demonstration, c.NotForClinicalUse = false, tt.record
			c.Findings[0].Model.Status = tt.model
			if tt.model == "" {
				c.Findings[0].Model = appliance.ModelRef{}
			}
			x.signIn()
			_, body := x.do(http.MethodGet, "/cases/"+string(c.ID), nil)
			said := strings.Contains(strings.ToLower(body), "not for clinical use")
			if said != (tt.want != "") || !strings.Contains(body, text.Mark(tt.want)) {
				t.Errorf("says that it is not for clinical use: %t", said)
			}
		})
	}
}

// The list of a hub that is in use says so while it shows a case of a demonstration, and not otherwise.
func TestTheListSaysThatACaseIsOfADemonstration(t *testing.T) {
	for _, demonstration := range []bool{true, false} {
		x := newRig(t, func(o *hub.Options) { o.Demonstration = false })
		x.cases.detail.Case.Demonstration = demonstration
		x.signIn()
		if _, body := x.do(http.MethodGet, "/", nil); strings.Contains(body, text.T("ui.simulation", nil)) != demonstration {
			t.Errorf("demonstration %t: %s", demonstration, body)
		}
	}
}

// Every page of a demonstration's hub says so, whatever a case holds. There are as many as there are templates.
func TestEveryPageOfADemonstrationSaysSo(t *testing.T) {
	x := newRig(t)
	x.cases.detail.Case.Findings[0].Model = appliance.ModelRef{}
	pages := []string{"/sign-in", "/", "/cases/" + string(x.cases.detail.Case.ID), "/cases/none"}
	if templates, err := filepath.Glob("../web/templates/hub/*.html"); err != nil || len(templates) != len(pages) {
		t.Errorf("%d pages are walked, and these are there: %v, %v", len(pages), templates, err)
	}
	for i, page := range pages {
		if i == 1 {
			x.signIn()
		}
		if _, body := x.do(http.MethodGet, page, nil); !strings.Contains(body, text.T("ui.simulation", nil)) {
			t.Errorf("%s does not say so", page)
		}
	}
}
