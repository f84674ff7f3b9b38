package kiosk_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// TestGoingOnWithoutAnImageIsOffered after the third press that kept nothing for the lesion and view of the page, also when no
// step of the visit is missing any more.
func TestGoingOnWithoutAnImageIsOffered(t *testing.T) {
	dermoscopic, other := text.T("kiosk.images.three_tries", nil), text.T("kiosk.images.three_tries_other", nil)
	for name, tt := range map[string]struct {
		failed map[appliance.View]int
		kept   appliance.View
		path   string
		offers string
	}{
		"two":                      {map[appliance.View]int{"dermoscopic": 2}, "", "", ""},
		"three":                    {map[appliance.View]int{"dermoscopic": 3}, "", "", dermoscopic},
		"of another view":          {map[appliance.View]int{"dermoscopic": 3}, "", "?view=macro", ""},
		"of that view":             {map[appliance.View]int{"macro": 4}, "", "?view=macro", other},
		"an image was kept":        {map[appliance.View]int{"dermoscopic": 5}, "dermoscopic", "", ""},
		"an image of another view": {map[appliance.View]int{"dermoscopic": 5}, "macro", "", dermoscopic},
	} {
		t.Run(name, func(t *testing.T) {
			x := newRig(t)
			visit, id, _, lesion := x.ready()
			x.visits.failed = appliance.Failures{appliance.LesionID(lesion): tt.failed}
			if tt.kept != "" {
				x.visits.set(id, func(c *appliance.Case) {
					c.Captures = append(c.Captures, appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), LesionID: c.Lesions[0].ID, View: tt.kept})
				})
			}
			body := x.get(visit + "/images" + tt.path).body
			for _, sentence := range []string{dermoscopic, other} {
				if strings.Contains(body, sentence) != (sentence == tt.offers) {
					t.Errorf("offers %q: %v", sentence, sentence != tt.offers)
				}
			}
			if link := strings.Contains(body, text.T("kiosk.images.without", nil)); link != (tt.offers != "") {
				t.Errorf("a way on: %v", link)
			}
		})
	}
}

// TestEveryFaultIsSaid: the sentence that helps most first, in the profile's order, then the others, each once and with its
// lesion's label.
func TestEveryFaultIsSaid(t *testing.T) {
	x := newRig(t)
	visit, _, banner, lesion := x.ready()
	x.visits.poor = true
	x.visits.measures = []appliance.Measure{
		{Name: "image_px", Pass: true, Hard: true},
		{Name: "twin", Hard: true, Key: "quality.twin.low", Params: map[string]string{"label": "L7"}},
		{Name: "clipped_low", Key: "quality.clipped_low.high"},
		{Name: "focus", Hard: true, Key: "quality.focus.low"},
		{Name: "again", Hard: true, Key: "quality.focus.low"},
	}
	form := url.Values{"banner": {banner}, "lesion": {lesion}, "view": {"dermoscopic"}}
	page := x.get(x.post(visit+"/capture", form).location)
	last := -1
	for _, sentence := range []string{"lesion L7. Check which", text.T("kiosk.images.also", nil), "Parts of the picture are black", "The picture is blurred"} {
		at := strings.Index(page.body, sentence)
		if at <= last || strings.Count(page.body, sentence) != 1 {
			t.Errorf("%q stands at %d, %d times", sentence, at, strings.Count(page.body, sentence))
		}
		last = at
	}
	req := x.request(visit+"/capture", form)
	req.Header.Set("Accept", "application/json")
	if a := x.do(req); a.status != http.StatusOK || !strings.Contains(a.body, `"also":["Parts of the picture are black`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}
