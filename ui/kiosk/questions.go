package kiosk

import (
	"net/http"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// WordingVersion names the text that is read out to the patient for consent.
const WordingVersion = "m1-en-1"

// option is one choice of a question.
type option struct{ Value, Label string }

// question is one group of radio buttons.
type question struct {
	Name, Legend, Hint, Value string
	Options                   []option
}

func ask(name, hintKey, value string, values ...string) question {
	q := question{Name: name, Legend: text.T("kiosk.q."+name, nil), Value: value}
	if hintKey != "" {
		q.Hint = text.T(hintKey, nil)
	}
	for _, v := range values {
		key := "kiosk.a." + v
		if text.Has("kiosk.a." + name + "." + v) {
			key = "kiosk.a." + name + "." + v
		}
		q.Options = append(q.Options, option{Value: v, Label: text.T(key, nil)})
	}
	return q
}

func (k *kiosk) consentPage(w http.ResponseWriter, r *http.Request) {
	if v, ok := k.openVisit(w, r, appliance.StepConsent); ok {
		c := v.Case.Consent
		k.showQuestions(w, r, http.StatusOK, v, "consent", consentQuestions(map[string]string{
			"photography": string(c.Photography), "ai": string(c.AI), "teaching": string(c.Teaching), "research": string(c.Research),
		}), nil)
	}
}

func consentQuestions(values map[string]string) []question {
	var qs []question
	for _, name := range []string{"photography", "ai", "teaching", "research"} {
		qs = append(qs, ask(name, "kiosk.consent.read."+name, values[name], "yes", "no"))
	}
	return qs
}

func (k *kiosk) consentForm(w http.ResponseWriter, r *http.Request) {
	again := func(problem *problem) {
		if v, ok := k.openVisit(w, r, appliance.StepConsent); ok {
			k.showQuestions(w, r, http.StatusUnprocessableEntity, v, "consent", consentQuestions(sent(r)), problem)
		}
	}
	k.write(w, r, appliance.StepHistory, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		return k.Visits.Consent(r.Context(), id, r.PostFormValue("banner"), op, appliance.Consent{
			Photography: answer(r, "photography"), AI: answer(r, "ai"), Teaching: answer(r, "teaching"), Research: answer(r, "research"),
			Wording: WordingVersion,
		})
	})
}

func (k *kiosk) historyPage(w http.ResponseWriter, r *http.Request) {
	if v, ok := k.openVisit(w, r, appliance.StepHistory); ok {
		h := v.Case.History
		k.showQuestions(w, r, http.StatusOK, v, "history", historyQuestions(map[string]string{
			"skin_type": h.SkinType, "immunosuppressed": string(h.Immunosuppressed),
			"previous_skin_cancer": string(h.PreviousSkinCancer), "family_melanoma": string(h.FamilyMelanoma),
		}), nil)
	}
}

func historyQuestions(values map[string]string) []question {
	qs := []question{ask("skin_type", "kiosk.history.skin_type", values["skin_type"], "I", "II", "III", "IV", "V", "VI", "unknown")}
	for _, name := range []string{"immunosuppressed", "previous_skin_cancer", "family_melanoma"} {
		qs = append(qs, ask(name, "", values[name], "yes", "no", "unsure"))
	}
	return qs
}

func (k *kiosk) historyForm(w http.ResponseWriter, r *http.Request) {
	again := func(problem *problem) {
		if v, ok := k.openVisit(w, r, appliance.StepHistory); ok {
			k.showQuestions(w, r, http.StatusUnprocessableEntity, v, "history", historyQuestions(sent(r)), problem)
		}
	}
	k.write(w, r, appliance.StepLesion, again, func(id appliance.CaseID, op appliance.Operator) (*appliance.VisitView, error) {
		return k.Visits.History(r.Context(), id, r.PostFormValue("banner"), op, appliance.History{
			SkinType: r.PostFormValue("skin_type"), Immunosuppressed: answer(r, "immunosuppressed"),
			PreviousSkinCancer: answer(r, "previous_skin_cancer"), FamilyMelanoma: answer(r, "family_melanoma"),
		})
	})
}

// showQuestions draws the pages that are a list of questions and no more.
func (k *kiosk) showQuestions(w http.ResponseWriter, r *http.Request, status int, v *appliance.VisitView, name string, qs []question, problem *problem) {
	p := k.visitPage(r, v, "kiosk."+name+".title")
	p.Error, p.Data = problem, map[string]any{"Questions": qs, "Name": name, "Lead": text.T("kiosk."+name+".lead", nil)}
	k.render(w, status, "questions", p)
}

func answer(r *http.Request, name string) appliance.Answer {
	return appliance.Answer(r.PostFormValue(name))
}

// number reads a decimal number; an empty field is 0, "not measured".
func number(r *http.Request, name, key string) (float64, error) {
	raw := r.PostFormValue(name)
	if raw == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n != n {
		return 0, appliance.FieldError(name, key)
	}
	return n, nil
}
