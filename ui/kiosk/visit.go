package kiosk

import (
	"net/http"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// home is the first page after signing in: start a visit, or go on with one that is open.
func (k *kiosk) home(w http.ResponseWriter, r *http.Request) {
	drafts, err := k.Sending.Drafts(r.Context())
	if err != nil {
		k.fail(w, r, err)
		return
	}
	p := k.page(r, text.T("kiosk.home.title", nil))
	p.Data = map[string]any{"Drafts": drafts, "Status": k.Sending.Status(), "Reference": k.reference()}
	k.render(w, http.StatusOK, "home", p)
}

func (k *kiosk) start(w http.ResponseWriter, r *http.Request) {
	op, _ := k.operator(r)
	v, err := k.Visits.Start(r.Context(), op)
	if err != nil {
		k.fail(w, r, err)
		return
	}
	k.toStep(w, r, v, v.Step)
}

// goOn leads to the first step of the visit that is not complete.
func (k *kiosk) goOn(w http.ResponseWriter, r *http.Request) {
	if v, ok := k.view(w, r); ok {
		k.toStep(w, r, v, v.Step)
	}
}

func (k *kiosk) toStep(w http.ResponseWriter, r *http.Request, v *appliance.VisitView, step appliance.Step) {
	http.Redirect(w, r, "/visits/"+string(v.Case.ID)+"/"+string(step), http.StatusSeeOther)
}

// view reads the visit of the address, or shows why it cannot be read.
func (k *kiosk) view(w http.ResponseWriter, r *http.Request) (*appliance.VisitView, bool) {
	id := r.PathValue("id")
	if !appliance.ValidID(id) {
		k.fail(w, r, appliance.E(appliance.NotFound, "kiosk.visit.unknown", nil))
		return nil, false
	}
	v, err := k.Visits.View(r.Context(), appliance.CaseID(id))
	if err != nil {
		k.fail(w, r, err)
		return nil, false
	}
	return v, true
}

// openVisit reads a visit whose step may be shown: it is open, and the patient was confirmed unless this is that step.
func (k *kiosk) openVisit(w http.ResponseWriter, r *http.Request, step appliance.Step) (*appliance.VisitView, bool) {
	v, ok := k.view(w, r)
	if !ok {
		return nil, false
	}
	if !v.Case.State.Open() && step != appliance.StepSaved {
		k.toStep(w, r, v, appliance.StepSaved)
		return nil, false
	}
	if v.Case.State == appliance.Draft && step != appliance.StepPatient {
		k.toStep(w, r, v, appliance.StepPatient)
		return nil, false
	}
	return v, true
}

// write is the common end of a step's form: what was sent is refused with the form drawn again, or saved and followed by the
// next step.
func (k *kiosk) write(w http.ResponseWriter, r *http.Request, next appliance.Step, again func(*problem), save func(appliance.CaseID, appliance.Operator) (*appliance.VisitView, error)) {
	id := r.PathValue("id")
	if !appliance.ValidID(id) {
		k.fail(w, r, appliance.E(appliance.NotFound, "kiosk.visit.unknown", nil))
		return
	}
	op, _ := k.operator(r)
	v, err := save(appliance.CaseID(id), op)
	if problem, ok := fieldProblem(err); ok {
		again(problem)
		return
	}
	if err != nil {
		k.fail(w, r, err)
		return
	}
	k.toStep(w, r, v, next)
}

func (k *kiosk) giveUpPage(w http.ResponseWriter, r *http.Request) {
	if v, ok := k.openVisit(w, r, appliance.StepPatient); ok {
		k.render(w, http.StatusOK, "give-up", k.visitPage(r, v, "kiosk.give_up.title"))
	}
}

func (k *kiosk) giveUp(w http.ResponseWriter, r *http.Request) {
	v, ok := k.openVisit(w, r, appliance.StepPatient)
	if !ok {
		return
	}
	op, _ := k.operator(r)
	err := k.Visits.Abandon(r.Context(), v.Case.ID, r.PostFormValue("banner"), op, r.PostFormValue("reason"))
	if problem, ok := fieldProblem(err); ok {
		p := k.visitPage(r, v, "kiosk.give_up.title")
		p.Error = problem
		k.render(w, http.StatusUnprocessableEntity, "give-up", p)
		return
	}
	if err != nil {
		k.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
