package appliance

// Lesion is one lesion of the visit and what was asked about it (minimum data set E), as far as rules read it.
type Lesion struct {
	ID             LesionID   `json:"id"`
	Label          string     `json:"label"` // "L1", "L2": also the DICOM Tracking ID
	OnReferral     Answer     `json:"on_referral"`
	Site           SiteCode   `json:"site"`
	Laterality     Laterality `json:"laterality"`
	AcralSide      Answer     `json:"acral_side,omitempty"`     // at a finger, toe or foot: on the palmar or plantar side (rule X02)
	MucosalMargin  Answer     `json:"mucosal_margin,omitempty"` // at a lip or eyelid: reaches its margin or the mucosal side (rule X03)
	DiameterMM     float64    `json:"diameter_mm"`              // longest, 0.5 to 200; 0 not measured
	Duration       string     `json:"duration"`                 // "<1m", "1-3m", "3-6m", "6-12m", ">1y", "not-known"
	ChangeSize     Answer     `json:"change_size"`
	ChangeShape    Answer     `json:"change_shape"`
	ChangeColour   Answer     `json:"change_colour"`
	Inflammation   Answer     `json:"inflammation"`
	Oozing         Answer     `json:"oozing"`
	Sensation      Answer     `json:"sensation"` // itch or pain that was not there before
	Nodular        Answer     `json:"nodular"`
	Growing        Answer     `json:"growing"` // growing over weeks
	Pigmented      Answer     `json:"pigmented"`
	Ulcerated      Answer     `json:"ulcerated"`
	PriorTreatment Answer     `json:"prior_treatment"` // biopsied, excised, treated or injured at this site
	Scar           Answer     `json:"scar"`
	Tattoo         Answer     `json:"tattoo"`
	HairUncleared  Answer     `json:"hair_uncleared"` // hair that cannot be cleared from the field
	NotVisible     Answer     `json:"not_visible"`    // cannot be clearly seen or photographed
	Rash           Answer     `json:"rash"`           // a rash or inflammation, not a discrete lesion
	Note           string     `json:"note,omitempty"` // free text of the HCA, at most 500 characters
}

// Laterality is the side as the patient has it; the JSON holds the word, DICOM and FHIR take the SNOMED code.
type Laterality string

// The sides. Unpaired sites are Midline or Unpaired.
const (
	Left     Laterality = "left"     // SCT 7771000
	Right    Laterality = "right"    // SCT 24028007
	Midline  Laterality = "midline"  // SCT 260528009
	Unpaired Laterality = "unpaired" // DICOM ImageLaterality U
)

// SevenPoint gives the weighted seven-point checklist score of NICE NG12 (1.7.1), 0 to 10: change in size, shape and
// colour count two each; diameter of 7 mm or more, inflammation, oozing and change in sensation one each. Only a plain yes
// counts. A score of 3 or more is a suspected-cancer referral by itself; it may raise a route and never lowers one.
func (l Lesion) SevenPoint() int {
	return l.score(func(a Answer) bool { return a == Yes }, l.DiameterMM >= 7)
}

// SevenPointAtMost gives the highest score that the answers leave room for, 0 to 10: whatever was not denied counts, and so does
// a diameter that was not measured. What lowers a route must be sure, so it is held against this one.
func (l Lesion) SevenPointAtMost() int {
	small := l.DiameterMM > 0 && l.DiameterMM < 7
	return l.score(func(a Answer) bool { return a != No }, !small)
}

// score adds the checklist's weights up for the answers that count.
func (l Lesion) score(counts func(Answer) bool, large bool) int {
	score := 0
	for _, a := range []Answer{l.ChangeSize, l.ChangeShape, l.ChangeColour} {
		if counts(a) {
			score += 2
		}
	}
	for _, a := range []Answer{l.Inflammation, l.Oozing, l.Sensation} {
		if counts(a) {
			score++
		}
	}
	if large {
		score++
	}
	return score
}
