package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
)

// Visit is one visit as a member of staff types it into the kiosk.
type Visit struct {
	Browser *Browser
	Patient Patient
	Staff   string // who signs in
	PIN     string
	Today   time.Time
	page    *Page // the page on the screen
	id      appliance.CaseID
}

// ID gives the case's id once the visit was started: it stands in the address of its pages.
func (v *Visit) ID() appliance.CaseID { return v.id }

// Begin signs in, starts a visit and fills in its pages up to the first photograph.
func (v *Visit) Begin(ctx context.Context) error {
	for _, step := range []func(context.Context) error{v.signIn, v.start, v.identify, v.consent, v.history, v.lesion} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (v *Visit) signIn(ctx context.Context) error {
	var err error
	if v.page, err = v.Browser.Get(ctx, "/sign-in"); err != nil {
		return err
	}
	return v.fill(ctx, "/sign-in", map[string][]string{"operator": {v.Staff}, "pin": {v.PIN}})
}

func (v *Visit) start(ctx context.Context) error {
	if err := v.fill(ctx, "/visits", nil); err != nil {
		return err
	}
	parts := strings.Split(v.page.URL.Path, "/")
	if len(parts) < 3 || !appliance.ValidID(parts[2]) {
		return fmt.Errorf("a new visit led to the page %s (%s)", v.page.URL.Path, v.page.Title)
	}
	v.id = appliance.CaseID(parts[2])
	return nil
}

func (v *Visit) identify(ctx context.Context) error {
	p := v.Patient
	referred := v.Today.AddDate(0, 0, -p.ReferralDaysBefore)
	return v.fill(ctx, "/patient", map[string][]string{
		"nhs_number": {p.NHSNumber.String()}, "family_name": {p.Family}, "given_name": {p.Given}, "gender": {p.Gender},
		"birth_date_day": {strconv.Itoa(p.Day)}, "birth_date_month": {strconv.Itoa(p.Month)}, "birth_date_year": {strconv.Itoa(p.Year)},
		"ethnic_category": {p.Ethnic}, "identity_checked_by": {"name", "birth_date"}, "pathway": {"usc"},
		"referral_date_day": {strconv.Itoa(referred.Day())}, "referral_date_month": {strconv.Itoa(int(referred.Month()))},
		"referral_date_year": {strconv.Itoa(referred.Year())},
	})
}

func (v *Visit) consent(ctx context.Context) error {
	return v.fill(ctx, "/consent", map[string][]string{"photography": {"yes"}, "ai": {"yes"}})
}

func (v *Visit) history(ctx context.Context) error {
	return v.fill(ctx, "/history", map[string][]string{"skin_type": {v.Patient.SkinType}})
}

func (v *Visit) lesion(ctx context.Context) error {
	return v.fill(ctx, "/lesion", map[string][]string{
		"on_referral": {"yes"}, "site": {string(v.Patient.SiteCode)}, "laterality": {string(v.Patient.Laterality)},
		"diameter_mm": {number(v.Patient.DiameterMM)}, "duration": {"3-6m"}, "pigmented": {"yes"},
	})
}

// AnotherLesion records a second lesion, and leads on to its photographs.
func (v *Visit) AnotherLesion(ctx context.Context) error {
	var err error
	if v.page, err = v.Browser.Get(ctx, "/visits/"+string(v.id)+"/lesion?more"); err != nil {
		return err
	}
	return v.lesion(ctx)
}

// Capture presses the button until a still is kept: three times, then the poor one is kept with a reason.
func (v *Visit) Capture(ctx context.Context) error {
	for range 3 {
		if err := v.fill(ctx, "/capture", nil); err != nil {
			return err
		}
		switch {
		case v.page.Has("/keep"): // a poor still: press again
		case v.page.Alert != "":
			return errors.New(v.page.Alert)
		default:
			return nil
		}
	}
	keep, err := v.page.Form("/keep")
	if err != nil {
		return err
	}
	reasons := keep.options("reason")
	if len(reasons) == 0 {
		reasons = []string{"demonstration"}
	}
	return v.fill(ctx, "/keep", map[string][]string{"reason": reasons[len(reasons)-1:]})
}

// Continue goes back to the visit after something stopped it, as the home page's list of open visits does.
func (v *Visit) Continue(ctx context.Context) error {
	var err error
	v.page, err = v.Browser.Get(ctx, "/visits/"+string(v.id))
	return err
}

// SignOff confirms the declarations and signs the case off. From then on it is the trust's.
func (v *Visit) SignOff(ctx context.Context) error {
	var err error
	if v.page, err = v.Browser.Get(ctx, "/visits/"+string(v.id)+"/check"); err != nil {
		return err
	}
	if err := v.fill(ctx, "/check", nil); err != nil {
		return err
	}
	if !strings.HasSuffix(v.page.URL.Path, "/saved") {
		return fmt.Errorf("signing off led to the page %s (%s): %s", v.page.URL.Path, v.page.Title, short(v.page.Text))
	}
	return nil
}

// fill fills in the form of the page on the screen and sends it. What values does not name keeps what the page shows;
// questions that nobody answered yet are answered with no, and boxes of the last page ticked.
func (v *Visit) fill(ctx context.Context, action string, values map[string][]string) error {
	form, err := v.page.Form(action)
	if err != nil {
		return err
	}
	for _, field := range form.Fields {
		answer, named := values[field.Name]
		switch {
		case named:
			if err := form.Set(field.Name, answer...); err != nil {
				return err
			}
		case field.Type == "radio" && form.Values.Get(field.Name) == "" && slices.Contains(field.Options, "no"):
			err = form.Set(field.Name, "no")
		case field.Type == "checkbox" && action == "/check":
			err = form.Set(field.Name, field.Options...)
		}
		if err != nil {
			return err
		}
	}
	for name := range values {
		if !form.Has(name) {
			return fmt.Errorf("the page %s has no field %q, it has %q", v.page.URL.Path, name, form.names())
		}
	}
	next, err := v.Browser.Submit(ctx, v.page, form)
	if err != nil {
		return err // the page stays on the screen
	}
	v.page = next
	return nil
}
