package appliance

// Patient is who the visit is for (domain minimum data set A). Every field identifies or describes a person: it is sealed
// at rest and never logged.
type Patient struct {
	NHSNumber         NHSNumber `json:"nhs_number,omitempty"`
	NHSNumberStatus   string    `json:"nhs_number_status"`              // UK Core NHSNumberVerificationStatus; offline "number-present-but-not-traced"
	NoNHSNumberReason string    `json:"no_nhs_number_reason,omitempty"` // "nhs-number-not-known", "overseas-patient", "devolved-nation"
	FamilyName        string    `json:"family_name"`
	GivenName         string    `json:"given_name"`
	BirthDate         Date      `json:"birth_date"`
	Gender            string    `json:"gender"`              // FHIR administrative-gender: male, female, other, unknown
	EthnicCategory    string    `json:"ethnic_category"`     // NHS 16+1 code, Z not stated, 99 not known
	GPPractice        string    `json:"gp_practice"`         // ODS code, "" if not known
	IdentityCheckedBy []string  `json:"identity_checked_by"` // stated by the patient: at least two of name, birth_date, address, nhs_number; photo_id besides
}

// Referral is why the patient came (minimum data set B).
type Referral struct {
	UBRN     string `json:"ubrn,omitempty"` // e-RS unique booking reference number, 12 digits
	Date     Date   `json:"date"`           // starts the 28-day clock
	Pathway  string `json:"pathway"`        // "usc", "routine", "advice"
	Referrer string `json:"referrer,omitempty"`
}

// Consent is the patient's four separate decisions (minimum data set C). An empty Answer means not asked yet and counts as
// no.
type Consent struct {
	Photography Answer `json:"photography"` // C1: for direct care; without it nobody photographs
	AI          Answer `json:"ai"`          // C2: without it the case goes on and no model runs (rule X16)
	Teaching    Answer `json:"teaching"`    // C3
	Research    Answer `json:"research"`    // C4
	Wording     string `json:"wording"`     // version of the text that was read out
	TakenBy     string `json:"taken_by"`    // operator id
	At          Stamp  `json:"at"`
}

// History is what the patient reports about themself (minimum data set D), as far as rules read it.
type History struct {
	SkinType           string `json:"skin_type"` // Fitzpatrick "I" to "VI", "" or "unknown" if not established (rule X15)
	Immunosuppressed   Answer `json:"immunosuppressed"`
	PreviousSkinCancer Answer `json:"previous_skin_cancer"`
	FamilyMelanoma     Answer `json:"family_melanoma"`
}

// Answer is a question's answer; the empty one means not asked. Rules read not asked and unsure as the safe side.
type Answer string

// The answers.
const (
	Yes      Answer = "yes"
	No       Answer = "no"
	Unsure   Answer = "unsure"
	NotAsked Answer = ""
)
