package eligibility

import (
	"math"
	"slices"

	"dermbox/appliance"
)

// condition is one node of a rule's "when": exactly one of Any, All, Field and Test is set.
type condition struct {
	Any []condition `json:"any,omitempty"`
	All []condition `json:"all,omitempty"`

	Field string             `json:"field,omitempty"` // a question with a yes-or-no answer, by its name in the case's JSON
	Is    []appliance.Answer `json:"is,omitempty"`    // the answers that hit: "yes" or "no"; any other answer is unknown

	Test    string               `json:"test,omitempty"`    // a named test
	Years   int                  `json:"years,omitempty"`   // age_below
	Kinds   []appliance.SiteKind `json:"kinds,omitempty"`   // site_kind: hits
	Perhaps []appliance.SiteKind `json:"perhaps,omitempty"` // site_kind: cannot be told from the code, unknown
	Types   []string             `json:"types,omitempty"`   // skin_type_in: Fitzpatrick types that hit
}

// subject is what a rule is asked about.
type subject struct {
	c      *appliance.Case
	lesion *appliance.Lesion
	facts  Facts
	set    []appliance.Class
}

func (c *condition) evaluate(s *subject) truth {
	switch {
	case len(c.Any) > 0:
		return anyOf(c.Any, s)
	case len(c.All) > 0:
		return allOf(c.All, s)
	case c.Field != "":
		return c.answer(questions[c.Field].ask(s))
	}
	return tests[c.Test].evaluate(c, s)
}

func (c *condition) answer(a appliance.Answer) truth {
	if a != appliance.Yes && a != appliance.No {
		return unknown
	}
	return truthOf(slices.Contains(c.Is, a))
}

// aboutLesion says whether the condition reads anything of the one lesion, or only of patient, visit and box.
func (c *condition) aboutLesion() bool {
	children := append(slices.Clone(c.Any), c.All...)
	for i := range children {
		if children[i].aboutLesion() {
			return true
		}
	}
	return questions[c.Field].lesion || tests[c.Test].lesion
}

// question is a field with a yes-or-no answer.
type question struct {
	ask    func(*subject) appliance.Answer
	lesion bool
}

var questions = map[string]question{
	"consent.ai":                   {func(s *subject) appliance.Answer { return s.c.Consent.AI }, false},
	"history.immunosuppressed":     {func(s *subject) appliance.Answer { return s.c.History.Immunosuppressed }, false},
	"history.previous_skin_cancer": {func(s *subject) appliance.Answer { return s.c.History.PreviousSkinCancer }, false},
	"history.family_melanoma":      {func(s *subject) appliance.Answer { return s.c.History.FamilyMelanoma }, false},
	"lesion.on_referral":           {func(s *subject) appliance.Answer { return s.lesion.OnReferral }, true},
	"lesion.acral_side":            {func(s *subject) appliance.Answer { return s.lesion.AcralSide }, true},
	"lesion.mucosal_margin":        {func(s *subject) appliance.Answer { return s.lesion.MucosalMargin }, true},
	"lesion.nodular":               {func(s *subject) appliance.Answer { return s.lesion.Nodular }, true},
	"lesion.growing":               {func(s *subject) appliance.Answer { return s.lesion.Growing }, true},
	"lesion.pigmented":             {func(s *subject) appliance.Answer { return s.lesion.Pigmented }, true},
	"lesion.ulcerated":             {func(s *subject) appliance.Answer { return s.lesion.Ulcerated }, true},
	"lesion.prior_treatment":       {func(s *subject) appliance.Answer { return s.lesion.PriorTreatment }, true},
	"lesion.scar":                  {func(s *subject) appliance.Answer { return s.lesion.Scar }, true},
	"lesion.tattoo":                {func(s *subject) appliance.Answer { return s.lesion.Tattoo }, true},
	"lesion.hair_uncleared":        {func(s *subject) appliance.Answer { return s.lesion.HairUncleared }, true},
	"lesion.not_visible":           {func(s *subject) appliance.Answer { return s.lesion.NotVisible }, true},
	"lesion.rash":                  {func(s *subject) appliance.Answer { return s.lesion.Rash }, true},
}

// test is a named test. Uses lists its parameters: those are required and no others are allowed.
type test struct {
	evaluate func(*condition, *subject) truth
	phase    phase
	lesion   bool
	uses     []string
}

var tests = map[string]test{
	"age_below":           {ageBelow, phaseBefore, false, []string{"years"}},
	"skin_type_in":        {skinTypeIn, phaseBefore, false, []string{"types"}},
	"site_kind":           {siteKind, phaseBefore, true, []string{"kinds", "perhaps"}},
	"diameter_over_field": {diameterOverField, phaseBefore, true, nil},
	"over_lesion_cap":     {overLesionCap, phaseBefore, false, nil},
	"optics_not_allowed":  {func(_ *condition, s *subject) truth { return truthOf(!s.facts.OpticsAllowed) }, phaseBefore, false, nil},
	"model_not_ready":     {func(_ *condition, s *subject) truth { return truthOf(!s.facts.ModelReady) }, phaseBefore, false, nil},
	"quality_hard_fail":   {qualityHardFail, phaseBefore, true, nil},
	"empty_class_set":     {func(_ *condition, s *subject) truth { return truthOf(len(s.set) == 0) }, phaseAfter, true, nil},
}

func ageBelow(c *condition, s *subject) truth {
	age, known := s.c.Patient.BirthDate.AgeAt(s.facts.Now)
	if !known {
		return unknown
	}
	return truthOf(age < c.Years)
}

// fitzpatrick are the skin types that can have been established.
var fitzpatrick = []string{"I", "II", "III", "IV", "V", "VI"}

func skinTypeIn(c *condition, s *subject) truth {
	if !slices.Contains(fitzpatrick, s.c.History.SkinType) {
		return unknown
	}
	return truthOf(slices.Contains(c.Types, s.c.History.SkinType))
}

func siteKind(c *condition, s *subject) truth {
	site, known := appliance.FindSite(s.lesion.Site)
	switch {
	case !known, slices.Contains(c.Perhaps, site.Kind):
		return unknown
	}
	return truthOf(slices.Contains(c.Kinds, site.Kind))
}

func diameterOverField(_ *condition, s *subject) truth {
	if !known(s.lesion.DiameterMM) || !known(s.facts.FieldMM) {
		return unknown
	}
	return truthOf(s.lesion.DiameterMM > s.facts.FieldMM)
}

// known says whether a length was measured: zero, negative and not-a-number are not.
func known(mm float64) bool { return mm > 0 && !math.IsInf(mm, 0) }

// overLesionCap excludes all lesions of a visit that has too many: which of them the referral meant is not for us to say.
func overLesionCap(_ *condition, s *subject) truth {
	if s.facts.LesionCap <= 0 {
		return unknown
	}
	return truthOf(len(s.c.Lesions) > s.facts.LesionCap)
}

// qualityHardFail says whether there is nothing that a model may see: the caller says so, or every dermoscopic still of the
// lesion failed a hard measure. One usable still is enough, and only that one is judged.
func qualityHardFail(_ *condition, s *subject) truth {
	if s.facts.QualityHardFail {
		return yes
	}
	failed := false
	for _, still := range s.c.CapturesOf(s.lesion.ID) {
		if still.View != appliance.Dermoscopic {
			continue
		}
		if !still.Quality.HardFail {
			return no
		}
		failed = true
	}
	return truthOf(failed)
}
