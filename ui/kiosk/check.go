package kiosk

import (
	"net/http"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/web"
)

// declarations are the boxes of the last page, in this order.
var declarations = []string{"patient_confirmed", "lesions_complete", "leaflet_given", "contact_confirmed"}

// outcome is what a lesion's finding means for the operator: process words, the rules that apply, and the class only where the site
// shows it.
type outcome struct {
	Label, Site, Sentence, Class string
	Rules                        []web.Hit
	Shots                        []appliance.Capture
}

func (k *kiosk) outcomes(v *appliance.VisitView) []outcome {
	var all []outcome
	for _, l := range v.Case.Lesions {
		o := outcome{Label: l.Label, Site: text.T("site."+string(l.Site), nil), Shots: v.Case.CapturesOf(l.ID)}
		o.Sentence = text.T("kiosk.outcome.pending", nil)
		if f, ok := v.Case.Finding(l.ID); ok {
			o.Sentence = text.T("kiosk.outcome."+string(f.Status), nil)
			if k.ShowClass && f.Class != "" && v.Case.Site.Pathway != appliance.Shadow {
				o.Class = text.T("class."+string(f.Class), nil)
			}
		}
		o.Rules = web.Hits(hitsOf(v, l.ID))
		all = append(all, o)
	}
	return all
}

// hitsOf gives the rules that apply to a lesion: as the finding of a signed case has them, and of an open one as its answers are now.
// Those about the patient are in the visit once for each lesion. What speaks of the model's answer is not shown in SHADOW.
func hitsOf(v *appliance.VisitView, id appliance.LesionID) (hits []appliance.RuleHit) {
	var found []appliance.RuleHit
	if f, ok := v.Case.Finding(id); ok {
		found = f.Hits
	}
	if v.Case.State.Open() {
		after := slices.DeleteFunc(slices.Clone(found), func(h appliance.RuleHit) bool { return !slices.Contains(h.Effects, appliance.AfterAI) })
		found = slices.Concat(v.Hits, after)
	}
	for _, h := range found {
		of := h.LesionID == "" || h.LesionID == id
		hidden := v.Case.Site.Pathway == appliance.Shadow && slices.Contains(h.Effects, appliance.AfterAI)
		if of && !hidden && !slices.ContainsFunc(hits, func(other appliance.RuleHit) bool { return other.Rule == h.Rule && other.Key == h.Key }) {
			hits = append(hits, h)
		}
	}
	return hits
}

func (k *kiosk) checkPage(w http.ResponseWriter, r *http.Request) {
	k.showCheck(w, r, http.StatusOK, nil)
}

func (k *kiosk) showCheck(w http.ResponseWriter, r *http.Request, status int, problem *problem) {
	v, ok := k.openVisit(w, r, appliance.StepCheck)
	if !ok {
		return
	}
	if v.Step != appliance.StepCheck && problem == nil {
		k.toStep(w, r, v, v.Step)
		return
	}
	p := k.visitPage(r, v, "kiosk.check.title")
	p.Error, p.Data = problem, map[string]any{
		"Outcomes": k.outcomes(v), "Declarations": declarations, "Ticked": sent(r), "Reachable": k.Sending.Status().Reachable,
	}
	k.render(w, status, "check", p)
}

// signOff freezes the case. It may be pressed as often as one likes: the case is signed off once.
func (k *kiosk) signOff(w http.ResponseWriter, r *http.Request) {
	again := func(problem *problem) { k.showCheck(w, r, http.StatusUnprocessableEntity, problem) }
	k.write(w, r, appliance.StepSaved, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		ticked := func(name string) bool { return r.PostFormValue(name) == "yes" }
		return k.Visits.SignOff(r.Context(), id, r.PostFormValue("seal"), op, appliance.Declarations{
			PatientConfirmed: ticked("patient_confirmed"), LesionsComplete: ticked("lesions_complete"),
			LeafletGiven: ticked("leaflet_given"), ContactConfirmed: ticked("contact_confirmed"),
		})
	})
}

// savedPage says that the case is safe on the box and how it stands on its way.
func (k *kiosk) savedPage(w http.ResponseWriter, r *http.Request) {
	v, ok := k.view(w, r)
	if !ok {
		return
	}
	if v.Case.State.Open() {
		k.toStep(w, r, v, v.Step)
		return
	}
	p := k.visitPage(r, v, "kiosk.saved.title")
	p.Data = map[string]any{
		"Reference": v.Case.ID.Reference(), "State": text.T("kiosk.state."+string(v.Case.State), nil), "Outcomes": k.outcomes(v),
		"Urgent": v.Case.Route == appliance.UrgentReview, "Status": k.Sending.Status(),
	}
	k.render(w, http.StatusOK, "saved", p)
}
