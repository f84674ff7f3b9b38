package eligibility_test

import (
	"slices"

	"dermbox/appliance"
)

// The words of domain 1.9 once more, by hand and not by the engine: what the properties are held against.

// exclusions are the rules of effect no_ai: whether each applies to the scene's lesion, or cannot be ruled out.
var exclusions = map[string]func(*scene) bool{
	"X01": func(s *scene) bool {
		age, known := s.c.Patient.BirthDate.AgeAt(s.f.Now)
		return !known || age < 18
	},
	"X02": func(s *scene) bool {
		return kind(s, appliance.Acral) || kind(s, appliance.PartlyAcral) && s.lesion().AcralSide != appliance.No
	},
	"X03": func(s *scene) bool {
		return kind(s, appliance.Mucosal) || kind(s, appliance.PartlyMucosal) && s.lesion().MucosalMargin != appliance.No
	},
	"X04": func(s *scene) bool { return kind(s, appliance.Ungual) },
	"X05": func(s *scene) bool { return kind(s, appliance.Genital) },
	"X06": func(s *scene) bool { return s.lesion().HairUncleared != appliance.No || kind(s, appliance.AlwaysHairy) },
	"X07": func(s *scene) bool {
		d := s.lesion().DiameterMM
		return !(d > 0) || !(s.f.FieldMM > 0) || d > s.f.FieldMM
	},
	"X08": func(s *scene) bool { return s.lesion().PriorTreatment != appliance.No },
	"X09": func(s *scene) bool { return s.lesion().Scar != appliance.No },
	"X10": func(s *scene) bool { return s.lesion().Tattoo != appliance.No },
	"X11": func(s *scene) bool { return s.lesion().Ulcerated != appliance.No },
	"X12": func(s *scene) bool { return s.lesion().NotVisible != appliance.No || kind(s, appliance.Inaccessible) },
	"X13": func(s *scene) bool { return s.f.LesionCap <= 0 || len(s.c.Lesions) > s.f.LesionCap },
	"X14": func(s *scene) bool { return s.lesion().Rash != appliance.No },
	"X16": func(s *scene) bool { return s.c.Consent.AI != appliance.Yes },
	"X17": func(s *scene) bool { return !s.f.OpticsAllowed },
	"X18": func(s *scene) bool { return s.f.QualityHardFail },
	"X21": func(s *scene) bool { return s.lesion().OnReferral != appliance.Yes },
	"X22": func(s *scene) bool { return !s.f.ModelReady },
}

// excluded gives the rules that keep the lesion from any model.
func excluded(s *scene) (ids []string) {
	for id, applies := range exclusions {
		if applies(s) {
			ids = append(ids, id)
		}
	}
	return ids
}

// kind says whether the lesion's site is of a kind, or is not known.
func kind(s *scene, k appliance.SiteKind) bool {
	site, known := appliance.FindSite(s.lesion().Site)
	return !known || site.Kind == k
}

func darkOrUnknown(s *scene) bool { // X15
	return !slices.Contains([]string{"I", "II", "III", "IV"}, s.c.History.SkinType)
}

func fragile(s *scene) bool { // X20
	return s.c.History.Immunosuppressed != appliance.No || s.lesion().Nodular != appliance.No && s.lesion().Growing != appliance.No
}

// points is one answer of the weighted seven-point checklist (NICE NG12 1.7.1, domain 1.6) with its weight.
type points struct {
	at     *appliance.Answer
	weight int
}

func sevenPointAnswers(l *appliance.Lesion) []points {
	return []points{{&l.ChangeSize, 2}, {&l.ChangeShape, 2}, {&l.ChangeColour, 2}, {&l.Inflammation, 1}, {&l.Oozing, 1}, {&l.Sensation, 1}}
}

// contradicted says whether the history speaks for cancer for certain.
func contradicted(l *appliance.Lesion) bool {
	score := 0
	for _, p := range sevenPointAnswers(l) {
		if *p.at == appliance.Yes {
			score += p.weight
		}
	}
	if l.DiameterMM >= 7 {
		score++
	}
	return score >= 3 || l.Nodular == appliance.Yes && l.Growing == appliance.Yes
}

// suspicious says whether the history may speak for cancer: whatever was not denied counts against the lesion.
func suspicious(l *appliance.Lesion) bool {
	score := 0
	for _, p := range sevenPointAnswers(l) {
		if *p.at != appliance.No {
			score += p.weight
		}
	}
	if !(l.DiameterMM > 0 && l.DiameterMM < 7) {
		score++
	}
	return score >= 3 || l.Nodular != appliance.No && l.Growing != appliance.No
}
