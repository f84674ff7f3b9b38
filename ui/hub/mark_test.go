package hub_test

import (
	"net/http"
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

// Every page of a demonstration's hub says so, whatever a case holds.
func TestEveryPageOfADemonstrationSaysSo(t *testing.T) {
	x := newRig(t)
	x.cases.detail.Case.Findings[0].Model = appliance.ModelRef{}
	pages := []string{"/sign-in", "/", "/cases/" + string(x.cases.detail.Case.ID), "/cases/none"}
	for i, page := range pages {
		if i == 1 {
			x.signIn()
		}
		if _, body := x.do(http.MethodGet, page, nil); !strings.Contains(body, text.T("ui.simulation", nil)) {
			t.Errorf("%s does not say so", page)
		}
	}
}
