package kiosk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// page is what every page of the kiosk is drawn from.
type page struct {
	Title         string
	Place         string // clinic and room
	Who           string // the operator's name, "" when nobody is signed in
	Nav           []link
	Demonstration bool
	Mark          string             // that the model in force, or one that spoke of the visit, is not for clinical use
	Patient       *appliance.Patient // of the visit, once confirmed: shown as the banner
	Age           string
	Visit         *appliance.VisitView
	Error         *problem
	Data          any
}

type link struct {
	Href, Label string
	Current     bool
}

// problem is what is wrong with what was sent, in words; Field is the form field's name, "" if it is none.
type problem struct{ Field, Sentence string }

func (k *kiosk) page(r *http.Request, title string) *page {
	p := &page{Title: title, Place: k.Site.Name, Demonstration: k.Demonstration}
	if k.Site.Room != "" {
		p.Place += ", " + k.Site.Room
	}
	if k.Model != nil {
		p.Mark = text.Mark(appliance.NotForClinicalUse(k.Model()))
	}
	op, ok := k.operator(r)
	if !ok {
		return p
	}
	p.Who = op.Name
	for _, l := range []link{
		{Href: "/", Label: text.T("kiosk.nav.home", nil)},
		{Href: "/sending", Label: k.sendingChip()},
		{Href: "/device", Label: k.deviceChip()},
	} {
		l.Current = r.URL.Path == l.Href
		p.Nav = append(p.Nav, l)
	}
	return p
}

// sendingChip says in a few words how sending stands, on every page.
func (k *kiosk) sendingChip() string {
	s := k.Sending.Status()
	switch {
	case s.NeedsIT || s.SetAside > 0:
		return text.T("kiosk.chip.needs_it", nil)
	case s.Uncounted:
		return text.T("kiosk.chip.uncounted", nil)
	case s.Waiting == 0:
		return text.T("kiosk.chip.all_sent", nil)
	}
	return text.T("kiosk.chip.waiting", map[string]string{"n": strconv.Itoa(s.Waiting)})
}

func (k *kiosk) deviceChip() string {
	for _, line := range k.Health.Checks() {
		if line.Level == "error" {
			return text.T("kiosk.chip.device_error", nil)
		}
	}
	return text.T("kiosk.chip.device_ok", nil)
}

// visitPage is a page of a visit, with the banner as soon as the patient was confirmed.
func (k *kiosk) visitPage(r *http.Request, v *appliance.VisitView, titleKey string) *page {
	p := k.page(r, text.T(titleKey, nil))
	p.Visit = v
	if p.Mark == "" {
		p.Mark = text.Mark(v.Case.Unapproved())
	}
	if v.Case.State != appliance.Draft {
		p.Patient = &v.Case.Patient
		if age, ok := v.Case.Patient.BirthDate.AgeAt(k.Clock.Now().Wall); ok {
			p.Age = strconv.Itoa(age)
		}
	}
	return p
}

func (k *kiosk) render(w http.ResponseWriter, status int, name string, p *page) {
	if err := k.views.Render(w, status, name, p); err != nil {
		k.Log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, text.T("error.internal", nil), http.StatusInternalServerError)
	}
}

// fail shows an error that is not about a form's field: a calm page that says what is and what to do.
func (k *kiosk) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		k.Log.Error("request failed", "path", route(r), "error", err)
	}
	p := k.page(r, text.T("kiosk.stopped.title", nil))
	p.Data = map[string]any{"Sentence": text.Error(err), "Home": p.Who != ""}
	if id := r.PathValue("id"); appliance.ValidID(id) && status != http.StatusNotFound {
		p.Data.(map[string]any)["Visit"] = id
	}
	k.render(w, status, "stopped", p)
}

// route is the request's pattern: what may be logged of an address.
func route(r *http.Request) string { return strings.TrimSpace(r.Pattern) }

func statusOf(err error) int {
	switch appliance.CodeOf(err) {
	case appliance.Invalid:
		return http.StatusUnprocessableEntity
	case appliance.NotFound:
		return http.StatusNotFound
	case appliance.Conflict:
		return http.StatusConflict
	case appliance.Forbidden:
		return http.StatusForbidden
	case appliance.Unavailable:
		return http.StatusServiceUnavailable
	case appliance.Full:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// fieldProblem gives an error as a form shows it; ok is false when it is not about the form.
func fieldProblem(err error) (*problem, bool) {
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != appliance.Invalid {
		return nil, false
	}
	return &problem{Field: e.Field, Sentence: text.Error(err)}, true
}
