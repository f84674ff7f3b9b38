package kiosk

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// overrideReasons are offered for a poor still, in this order.
var overrideReasons = []string{"best-possible", "patient-cannot-hold-still", "site-hard-to-reach", "hair-or-skin-surface"}

// shot is a kept still as the page shows it.
type shot struct {
	appliance.Capture
	Label string // of its lesion
}

func (k *kiosk) imagesPage(w http.ResponseWriter, r *http.Request) {
	var refused *problem
	if sentence := k.sessions.PopString(r.Context(), refusalKey); sentence != "" {
		refused = &problem{Sentence: sentence}
	}
	k.showImages(w, r, http.StatusOK, refused)
}

// refusalKey holds the sentence of a press of Capture that was refused until the page that follows shows it.
const refusalKey = "refusal"

// resultOf gives what the press that ?shot= names came to; nil when the address names none that is still of interest.
func resultOf(v *appliance.VisitView, shot string) *appliance.CaptureResult {
	if v.Held != nil && v.Held.AttemptID == shot {
		return v.Held
	}
	for _, c := range v.Case.Captures {
		if string(c.ID) == shot {
			return &appliance.CaptureResult{AttemptID: shot, Capture: c, Kept: true}
		}
	}
	return nil
}

// showImages draws the live view for the lesion that ?lesion= names, else for the first that still needs an image.
func (k *kiosk) showImages(w http.ResponseWriter, r *http.Request, status int, problem *problem) {
	v, ok := k.openVisit(w, r, appliance.StepImages)
	if !ok {
		return
	}
	if len(v.Case.Lesions) == 0 {
		k.toStep(w, r, v, appliance.StepLesion)
		return
	}
	result := resultOf(v, orElse(r.FormValue("shot"), r.PostFormValue("attempt")))
	lesion := chosenLesion(v, appliance.LesionID(r.FormValue("lesion")))
	var shots []shot
	for _, c := range v.Case.Captures {
		if l, ok := v.Case.Lesion(c.LesionID); ok {
			shots = append(shots, shot{c, l.Label})
		}
	}
	view := appliance.View(r.FormValue("view"))
	if view == "" {
		view = appliance.Dermoscopic
	}
	var reasons []option
	for _, value := range overrideReasons {
		reasons = append(reasons, option{value, text.T("kiosk.reason."+value, nil)})
	}
	advice, also := adviceOf(result)
	p := k.visitPage(r, v, "kiosk.images.title")
	p.Error, p.Data = problem, map[string]any{
		"Lesion": lesion, "Shots": shots, "View": string(view), "Views": []string{"dermoscopic", "macro", "regional"}, "Reasons": reasons,
		"Result": result, "Advice": advice, "Also": also, "Unobtainable": v.Unobtainable(lesion.ID, view),
		"Photography": v.Case.Consent.Photography == appliance.Yes, "More": len(v.Case.Lesions) > 1,
	}
	k.render(w, status, "images", p)
}

func orElse(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}

func chosenLesion(v *appliance.VisitView, asked appliance.LesionID) *appliance.Lesion {
	if l, ok := v.Case.Lesion(asked); ok {
		return l
	}
	for i := range v.Case.Lesions {
		if len(v.Case.CapturesOf(v.Case.Lesions[i].ID)) == 0 {
			return &v.Case.Lesions[i]
		}
	}
	return &v.Case.Lesions[0]
}

// adviceOf gives the one sentence that helps most, and what else is wrong: the verdict's measures stand in the order of
// usefulness, as for the live hint, so that both say the same.
func adviceOf(result *appliance.CaptureResult) (advice string, also []string) {
	if result == nil {
		return "", nil
	}
	for _, m := range result.Capture.Quality.Measures {
		switch sentence := text.T(m.Key, m.Params); {
		case m.Pass || m.Key == "" || sentence == advice || slices.Contains(also, sentence):
		case advice == "":
			advice = sentence
		default:
			also = append(also, sentence)
		}
	}
	if advice == "" && result.Kept {
		advice = text.T("kiosk.images.accepted", nil)
	}
	return advice, also
}

// capture takes a still. A browser's form gets the page again; a script that asks for JSON gets the result.
func (k *kiosk) capture(w http.ResponseWriter, r *http.Request) {
	id := appliance.CaseID(r.PathValue("id"))
	op, _ := k.operator(r)
	result, err := k.Visits.Capture(r.Context(), id, r.PostFormValue("banner"), op,
		appliance.LesionID(r.PostFormValue("lesion")), appliance.View(r.PostFormValue("view")))
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		k.captureJSON(w, result, err)
		return
	}
	// What follows is a redirect in any case: to load the page again must not press Capture again.
	query := url.Values{"lesion": {r.PostFormValue("lesion")}, "view": {r.PostFormValue("view")}}
	switch e, ok := errors.AsType[*appliance.Error](err); {
	case err == nil:
		query.Set("shot", result.AttemptID)
	case !ok || e.Code == appliance.NotFound || e.Code == appliance.Internal || strings.HasPrefix(e.Key, "error.visit."):
		k.fail(w, r, err)
		return
	default: // the camera's or the rules' word: the same page, with what to do
		k.sessions.Put(r.Context(), refusalKey, text.Error(err))
	}
	http.Redirect(w, r, "/visits/"+string(id)+"/images?"+query.Encode(), http.StatusSeeOther)
}

func (k *kiosk) captureJSON(w http.ResponseWriter, result *appliance.CaptureResult, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(statusOf(err))
		json.NewEncoder(w).Encode(map[string]string{"code": string(appliance.CodeOf(err)), "message": text.Error(err)})
		return
	}
	advice, also := adviceOf(result)
	json.NewEncoder(w).Encode(map[string]any{"attempt": result.AttemptID, "kept": result.Kept, "advice": advice, "also": also, "saved_ms": result.SavedMS})
}

func (k *kiosk) keepPoor(w http.ResponseWriter, r *http.Request) {
	again := func(problem *problem) { k.showImages(w, r, http.StatusUnprocessableEntity, problem) }
	k.write(w, r, appliance.StepImages, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		return k.Visits.KeepPoor(r.Context(), id, r.PostFormValue("banner"), op, r.PostFormValue("attempt"), r.PostFormValue("reason"))
	})
}

// image serves a kept still's exact bytes.
func (k *kiosk) image(w http.ResponseWriter, r *http.Request) {
	name, found := strings.CutSuffix(r.PathValue("capture"), ".jpg")
	if !found || !appliance.ValidID(name) || !appliance.ValidID(r.PathValue("id")) {
		http.NotFound(w, r)
		return
	}
	jpeg, err := k.Visits.Image(r.Context(), appliance.CaseID(r.PathValue("id")), appliance.CaptureID(name))
	if err != nil {
		http.Error(w, text.Error(err), statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(jpeg)
}
