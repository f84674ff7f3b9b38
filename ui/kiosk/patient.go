package kiosk

import (
	"net/http"
	"strconv"

	"dermbox/appliance"
)

func (k *kiosk) patientPage(w http.ResponseWriter, r *http.Request) {
	v, ok := k.openVisit(w, r, appliance.StepPatient)
	if !ok {
		return
	}
	k.showPatient(w, r, http.StatusOK, v, patientValues(v), nil)
}

// patientValues fills the form with what was saved.
func patientValues(v *appliance.VisitView) map[string]string {
	p, ref := v.Case.Patient, v.Case.Referral
	values := map[string]string{
		"nhs_number": string(p.NHSNumber), "no_nhs_number_reason": p.NoNHSNumberReason, "family_name": p.FamilyName, "given_name": p.GivenName,
		"gender": p.Gender, "ubrn": ref.UBRN, "pathway": ref.Pathway, "gp_practice": p.GPPractice, "ethnic_category": p.EthnicCategory,
	}
	splitDate(values, "birth_date", p.BirthDate)
	splitDate(values, "referral_date", ref.Date)
	return values
}

func (k *kiosk) showPatient(w http.ResponseWriter, r *http.Request, status int, v *appliance.VisitView, values map[string]string, problem *problem) {
	p := k.visitPage(r, v, "kiosk.patient.title")
	p.Error, p.Data = problem, map[string]any{
		"V": values, "Identity": r.PostForm["identity_checked_by"],
		"Birth": dateBoxes(values, "birth_date"), "Referral": dateBoxes(values, "referral_date"),
	}
	k.render(w, status, "patient", p)
}

func (k *kiosk) patientForm(w http.ResponseWriter, r *http.Request) {
	again := func(problem *problem) {
		if v, ok := k.openVisit(w, r, appliance.StepPatient); ok {
			v.Case.State = appliance.Draft // the banner would show what is being changed
			k.showPatient(w, r, http.StatusUnprocessableEntity, v, sent(r), problem)
		}
	}
	k.write(w, r, appliance.StepConsent, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		born, err := dateOf(r, "birth_date")
		if err != nil {
			return nil, err
		}
		referred, err := dateOf(r, "referral_date")
		if err != nil {
			return nil, err
		}
		return k.Visits.Identify(r.Context(), id, r.PostFormValue("banner"), op, appliance.Patient{
			NHSNumber: appliance.NHSNumber(r.PostFormValue("nhs_number")), NoNHSNumberReason: r.PostFormValue("no_nhs_number_reason"),
			FamilyName: r.PostFormValue("family_name"), GivenName: r.PostFormValue("given_name"), BirthDate: born,
			Gender: r.PostFormValue("gender"), EthnicCategory: r.PostFormValue("ethnic_category"), GPPractice: r.PostFormValue("gp_practice"),
			IdentityCheckedBy: r.PostForm["identity_checked_by"],
		}, appliance.Referral{UBRN: r.PostFormValue("ubrn"), Date: referred, Pathway: r.PostFormValue("pathway")})
	})
}

// sent gives the first value of each field of the form, to draw it again as it was.
func sent(r *http.Request) map[string]string {
	values := map[string]string{}
	for name := range r.PostForm {
		values[name] = r.PostForm.Get(name)
	}
	return values
}

// dateParts are the boxes of a date, in the order of the service manual.
var dateParts = []struct {
	name string
	max  int
}{{"day", 2}, {"month", 2}, {"year", 4}}

type dateBox struct {
	Part, Key, Value string
	Max              int
}

func dateBoxes(values map[string]string, field string) []dateBox {
	var boxes []dateBox
	for _, part := range dateParts {
		boxes = append(boxes, dateBox{Part: part.name, Key: "ui.date." + part.name, Value: values[field+"_"+part.name], Max: part.max})
	}
	return boxes
}

func splitDate(values map[string]string, field string, d appliance.Date) {
	if t, err := d.Time(); err == nil {
		values[field+"_day"], values[field+"_month"], values[field+"_year"] = strconv.Itoa(t.Day()), strconv.Itoa(int(t.Month())), strconv.Itoa(t.Year())
	}
}

// dateOf reads the three boxes of a date; the error names the part that is missing.
func dateOf(r *http.Request, field string) (appliance.Date, error) {
	var n [3]int
	for i, part := range dateParts {
		value, err := strconv.Atoi(r.PostFormValue(field + "_" + part.name))
		if err != nil {
			return "", appliance.FieldError(field, "error.date."+part.name)
		}
		n[i] = value
	}
	return appliance.NewDate(field, n[2], n[1], n[0])
}
