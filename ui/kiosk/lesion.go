package kiosk

import (
	"net/http"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// lesionAnswers are the yes-or-no questions of a lesion in the order they are asked, each with where its answer goes.
var lesionAnswers = []struct {
	name string
	at   func(*appliance.Lesion) *appliance.Answer
}{
	{"on_referral", func(l *appliance.Lesion) *appliance.Answer { return &l.OnReferral }},
	{"change_size", func(l *appliance.Lesion) *appliance.Answer { return &l.ChangeSize }},
	{"change_shape", func(l *appliance.Lesion) *appliance.Answer { return &l.ChangeShape }},
	{"change_colour", func(l *appliance.Lesion) *appliance.Answer { return &l.ChangeColour }},
	{"inflammation", func(l *appliance.Lesion) *appliance.Answer { return &l.Inflammation }},
	{"oozing", func(l *appliance.Lesion) *appliance.Answer { return &l.Oozing }},
	{"sensation", func(l *appliance.Lesion) *appliance.Answer { return &l.Sensation }},
	{"nodular", func(l *appliance.Lesion) *appliance.Answer { return &l.Nodular }},
	{"growing", func(l *appliance.Lesion) *appliance.Answer { return &l.Growing }},
	{"pigmented", func(l *appliance.Lesion) *appliance.Answer { return &l.Pigmented }},
	{"ulcerated", func(l *appliance.Lesion) *appliance.Answer { return &l.Ulcerated }},
	{"prior_treatment", func(l *appliance.Lesion) *appliance.Answer { return &l.PriorTreatment }},
	{"scar", func(l *appliance.Lesion) *appliance.Answer { return &l.Scar }},
	{"tattoo", func(l *appliance.Lesion) *appliance.Answer { return &l.Tattoo }},
	{"hair_uncleared", func(l *appliance.Lesion) *appliance.Answer { return &l.HairUncleared }},
	{"not_visible", func(l *appliance.Lesion) *appliance.Answer { return &l.NotVisible }},
	{"rash", func(l *appliance.Lesion) *appliance.Answer { return &l.Rash }},
}

// siteGroup is a region of the body with its sites, for the list.
type siteGroup struct {
	Label string
	Sites []option
}

func siteGroups() []siteGroup {
	var groups []siteGroup
	for _, s := range appliance.BodySites {
		label := text.T(s.Region, nil)
		if len(groups) == 0 || groups[len(groups)-1].Label != label {
			groups = append(groups, siteGroup{Label: label})
		}
		last := &groups[len(groups)-1]
		last.Sites = append(last.Sites, option{Value: string(s.Code), Label: text.T("site."+string(s.Code), nil)})
	}
	return groups
}

// lesionPage shows the lesions so far and the form for one: a new one, or the one that ?lesion= names.
func (k *kiosk) lesionPage(w http.ResponseWriter, r *http.Request) {
	v, ok := k.openVisit(w, r, appliance.StepLesion)
	if !ok {
		return
	}
	l, ok := v.Case.Lesion(appliance.LesionID(r.URL.Query().Get("lesion")))
	if !ok {
		l = &appliance.Lesion{} // nothing is answered for the operator: rules read these answers
	}
	k.showLesion(w, r, http.StatusOK, v, l, nil)
}

func (k *kiosk) showLesion(w http.ResponseWriter, r *http.Request, status int, v *appliance.VisitView, l *appliance.Lesion, problem *problem) {
	var qs []question
	for _, q := range lesionAnswers {
		qs = append(qs, ask(q.name, "", string(*q.at(l)), "yes", "no", "unsure"))
	}
	diameter := ""
	if l.DiameterMM > 0 {
		diameter = strconv.FormatFloat(l.DiameterMM, 'f', -1, 64)
	}
	p := k.visitPage(r, v, "kiosk.lesion.title")
	p.Error, p.Data = problem, map[string]any{
		"Lesion": l, "Diameter": diameter, "Groups": siteGroups(), "Questions": qs, "More": r.URL.Query().Has("more") || l.ID != "",
		"Side":     ask("laterality", "kiosk.lesion.side", string(l.Laterality), "left", "right", "midline"),
		"Duration": ask("duration", "", l.Duration, "<1m", "1-3m", "3-6m", "6-12m", ">1y", "not-known"),
	}
	k.render(w, status, "lesion", p)
}

func (k *kiosk) lesionForm(w http.ResponseWriter, r *http.Request) {
	l, err := lesionOf(r)
	again := func(problem *problem) {
		if v, ok := k.openVisit(w, r, appliance.StepLesion); ok {
			k.showLesion(w, r, http.StatusUnprocessableEntity, v, &l, problem)
		}
	}
	k.write(w, r, appliance.StepImages, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		if err != nil {
			return nil, err
		}
		return k.Visits.PutLesion(r.Context(), id, r.PostFormValue("banner"), op, l)
	})
}

func lesionOf(r *http.Request) (appliance.Lesion, error) {
	l := appliance.Lesion{
		ID: appliance.LesionID(r.PostFormValue("lesion_id")), Site: appliance.SiteCode(r.PostFormValue("site")),
		Laterality: appliance.Laterality(r.PostFormValue("laterality")), Duration: r.PostFormValue("duration"), Note: r.PostFormValue("note"),
	}
	for _, q := range lesionAnswers {
		*q.at(&l) = answer(r, q.name)
	}
	var err error
	l.DiameterMM, err = number(r, "diameter_mm", "error.lesion.diameter")
	return l, err
}
