package intake

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dermbox/appliance"
)

// The closed vocabularies of the minimum data set that a form may send.
var (
	genders = []string{"male", "female", "other", "unknown"}
	// The NHS 16+1 ethnic categories, Z not stated, 99 not known.
	ethnicCategories = strings.Split("A B C D E F G H J K L M N P R S Z 99", " ")
	skinTypes        = []string{"I", "II", "III", "IV", "V", "VI", "unknown"}
	pathways         = []string{"usc", "routine", "advice"}
	noNumberReasons  = []string{"nhs-number-not-known", "overseas-patient", "devolved-nation"}
	// What the patient states counts towards the two that are needed (minimum data set A); photo identity is noted beside them.
	identityStated = []string{"name", "birth_date", "address", "nhs_number"}
	identityChecks = append(slices.Clone(identityStated), "photo_id")
	durations      = []string{"<1m", "1-3m", "3-6m", "6-12m", ">1y", "not-known"}
	abandonReasons = map[string]bool{
		"patient-left": true, "wrong-patient": true, "consent-withdrawn": true, "equipment": true, "opened-by-mistake": true,
	}
)

// maxNote is the length of the HCA's free text, in characters.
const maxNote = 500

// checkPatient validates minimum data set A and B as far as they are asked, and fills in what follows from them.
func (s *Service) checkPatient(p *appliance.Patient, r *appliance.Referral) error {
	if err := s.checkNumber(p); err != nil {
		return err
	}
	p.FamilyName, p.GivenName = strings.TrimSpace(p.FamilyName), strings.TrimSpace(p.GivenName)
	for field, name := range map[string]string{"family_name": p.FamilyName, "given_name": p.GivenName} {
		if name == "" || utf8.RuneCountInString(name) > 100 || strings.ContainsFunc(name, unprintable) {
			return appliance.FieldError(field, "error.name")
		}
	}
	// A clock that is known to be wrong must not refuse patients: the box stands in 1970 after its battery died.
	now := s.Clock.Now()
	if born, err := p.BirthDate.Time(); err != nil || born.After(now.Wall) && now.Quality != appliance.ClockSuspect {
		return appliance.FieldError("birth_date", "error.birth_date")
	}
	if len(p.GPPractice) > 9 || strings.ContainsFunc(p.GPPractice, notODS) {
		return appliance.FieldError("gp_practice", "error.gp_practice")
	}
	if p.EthnicCategory != "" && !slices.Contains(ethnicCategories, p.EthnicCategory) {
		return appliance.FieldError("ethnic_category", "error.ethnic_category")
	}
	if !slices.Contains(genders, p.Gender) {
		return appliance.FieldError("gender", "error.gender")
	}
	if err := checkIdentity(p); err != nil {
		return err
	}
	if referred, err := r.Date.Time(); err == nil && referred.After(now.Wall) && now.Quality != appliance.ClockSuspect {
		return appliance.FieldError("referral_date", "error.referral_date")
	}
	return checkReferral(r)
}

// checkIdentity demands two things that the patient stated, of which a number that nobody has is none (hazard H01).
func checkIdentity(p *appliance.Patient) error {
	stated := 0
	for _, check := range p.IdentityCheckedBy {
		if slices.Contains(identityStated, check) {
			stated++
		}
	}
	switch {
	case !allIn(p.IdentityCheckedBy, identityChecks) || stated < 2:
		return appliance.FieldError("identity_checked_by", "error.identity_check")
	case p.NHSNumber == "" && slices.Contains(p.IdentityCheckedBy, "nhs_number"):
		return appliance.FieldError("identity_checked_by", "error.identity_check.no_number")
	}
	return nil
}

// unprintable says whether a character is no letter of a name: control and formatting characters could turn the banner's text
// around or hide a part of it (hazard H01).
func unprintable(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) }

func notODS(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }

// checkNumber settles the NHS number or the reason for having none. Numbers of the test range belong to demonstrations
// and to nothing else (hazard H17).
func (s *Service) checkNumber(p *appliance.Patient) error {
	if p.NHSNumber == "" {
		if !slices.Contains(noNumberReasons, p.NoNHSNumberReason) {
			return appliance.FieldError("nhs_number", "error.nhs_number.missing")
		}
		p.NHSNumberStatus = "number-not-present-and-trace-not-required"
		return nil
	}
	number, err := appliance.ParseNHSNumber(string(p.NHSNumber))
	if err != nil {
		return err
	}
	if number.Test() && !s.Demonstration {
		return appliance.FieldError("nhs_number", "error.nhs_number.test_in_live")
	}
	if !number.Test() && s.Demonstration {
		return appliance.FieldError("nhs_number", "error.nhs_number.real_in_demo")
	}
	p.NHSNumber, p.NoNHSNumberReason = number, ""
	// Offline only the form of the number can be proven (UK Core NHSNumberVerificationStatus).
	p.NHSNumberStatus = "number-present-but-not-traced"
	return nil
}

func checkReferral(r *appliance.Referral) error {
	if r.UBRN != "" && (len(r.UBRN) != 12 || strings.Trim(r.UBRN, "0123456789") != "") {
		return appliance.FieldError("ubrn", "error.ubrn")
	}
	if _, err := r.Date.Time(); err != nil {
		return appliance.FieldError("referral_date", "error.referral_date")
	}
	if !slices.Contains(pathways, r.Pathway) {
		return appliance.FieldError("pathway", "error.pathway")
	}
	return nil
}

func checkConsent(c appliance.Consent) error {
	for field, answer := range map[string]appliance.Answer{"photography": c.Photography, "ai": c.AI, "teaching": c.Teaching, "research": c.Research} {
		if answer != appliance.Yes && answer != appliance.No {
			return appliance.FieldError(field, "error.consent.answer")
		}
	}
	return nil
}

func checkHistory(h appliance.History) error {
	if !slices.Contains(skinTypes, h.SkinType) {
		return appliance.FieldError("skin_type", "error.skin_type")
	}
	return checkAnswers(map[string]appliance.Answer{
		"immunosuppressed": h.Immunosuppressed, "previous_skin_cancer": h.PreviousSkinCancer, "family_melanoma": h.FamilyMelanoma,
	})
}

// checkLesion validates minimum data set E as far as it is asked. Answers must be given; "unsure" is one.
func checkLesion(l appliance.Lesion) error {
	site, ok := appliance.FindSite(l.Site)
	if !ok {
		return appliance.FieldError("site", "error.lesion.site")
	}
	sided := l.Laterality == appliance.Left || l.Laterality == appliance.Right
	if site.Paired && !sided || !sided && l.Laterality != appliance.Midline && l.Laterality != appliance.Unpaired {
		return appliance.FieldError("laterality", "error.lesion.laterality")
	}
	if l.DiameterMM != 0 && (l.DiameterMM < 0.5 || l.DiameterMM > 200) {
		return appliance.FieldError("diameter_mm", "error.lesion.diameter")
	}
	if !slices.Contains(durations, l.Duration) {
		return appliance.FieldError("duration", "error.lesion.duration")
	}
	if utf8.RuneCountInString(l.Note) > maxNote {
		return appliance.FieldError("note", "error.lesion.note")
	}
	if err := checkAnswers(atSite(l)); err != nil {
		return err
	}
	return checkAnswers(map[string]appliance.Answer{
		"on_referral": l.OnReferral, "change_size": l.ChangeSize, "change_shape": l.ChangeShape, "change_colour": l.ChangeColour,
		"inflammation": l.Inflammation, "oozing": l.Oozing, "sensation": l.Sensation, "nodular": l.Nodular, "growing": l.Growing,
		"pigmented": l.Pigmented, "ulcerated": l.Ulcerated, "prior_treatment": l.PriorTreatment, "scar": l.Scar, "tattoo": l.Tattoo,
		"hair_uncleared": l.HairUncleared, "not_visible": l.NotVisible, "rash": l.Rash,
	})
}

// atSite gives the answers that are asked at some sites only, as far as they were given: not asked is the safe side to the rules.
func atSite(l appliance.Lesion) map[string]appliance.Answer {
	given := map[string]appliance.Answer{"acral_side": l.AcralSide, "mucosal_margin": l.MucosalMargin}
	maps.DeleteFunc(given, func(_ string, a appliance.Answer) bool { return a == appliance.NotAsked })
	return given
}

func checkAnswers(answers map[string]appliance.Answer) error {
	for _, field := range slices.Sorted(maps.Keys(answers)) {
		switch answers[field] {
		case appliance.Yes, appliance.No, appliance.Unsure:
		default:
			return appliance.FieldError(field, "error.answer_missing")
		}
	}
	return nil
}

func allIn(given, allowed []string) bool {
	for i, g := range given {
		if !slices.Contains(allowed, g) || slices.Contains(given[:i], g) {
			return false
		}
	}
	return true
}
