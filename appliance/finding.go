package appliance

// AIStatus is where a lesion stands with the model. It is per lesion, never per case.
type AIStatus string

// The states of a lesion's assessment.
const (
	AINone      AIStatus = ""             // nothing asked yet
	AIPending   AIStatus = "PENDING"      // the worker has it
	Assessed    AIStatus = "ASSESSED"     // a finding with classes
	NotAssessed AIStatus = "NOT_ASSESSED" // no model judged it, and Reason says why: a human does
)

// Class is a class of lesion in the vocabulary of domain 1.10.
type Class string

// The classes, most severe first.
const (
	Melanoma       Class = "MEL"
	SCC            Class = "SCC"
	BCC            Class = "BCC"
	IEC            Class = "IEC"
	AK             Class = "AK"
	AtypicalNaevus Class = "ATYP_NAEVUS"
	Benign         Class = "BENIGN"
)

// Severity orders classes: a higher number is worse. A class that is not in the vocabulary counts as the worst, the safe side,
// and "" (no class) as none.
func (c Class) Severity() int {
	switch c {
	case "":
		return 0
	case Benign:
		return 1
	case AtypicalNaevus:
		return 2
	case AK:
		return 3
	case IEC:
		return 4
	case BCC:
		return 5
	case SCC:
		return 6
	default:
		return 7
	}
}

// Route is where a lesion or a case goes next. Each ends with a human of the trust.
type Route string

// The routes.
const (
	UrgentReview   Route = "URGENT_DERM_REVIEW" // same working day
	DermReview     Route = "DERM_REVIEW"        // a dermatologist
	DermReviewNoAI Route = "DERM_REVIEW_NO_AI"  // a dermatologist, no model judged it; same place in the queue as DermReview
	SecondRead     Route = "SECOND_READ"        // only in pathway SECOND_READ: a healthcare professional's read before discharge
)

// Urgency orders routes: a higher number is seen earlier. An unknown route counts as urgent, the safe side.
func (r Route) Urgency() int {
	switch r {
	case SecondRead:
		return 1
	case DermReview, DermReviewNoAI:
		return 2
	default:
		return 3
	}
}

// ClassResult is one output of the model against its own threshold.
type ClassResult struct {
	Label       string  `json:"label"` // the model's word, for example "mel"
	Class       Class   `json:"class"`
	Probability float64 `json:"probability"` // 0 to 1
	Threshold   float64 `json:"threshold"`   // 0 to 1
	Over        bool    `json:"over"`        // Probability >= Threshold
}

// Finding is what is known of one lesion after rules and model, with everything needed to say why.
type Finding struct {
	LesionID     LesionID      `json:"lesion_id"`
	Status       AIStatus      `json:"status"`
	Reason       string        `json:"reason,omitempty"` // why not assessed: a rule id, or a key of the catalogue
	Route        Route         `json:"route"`
	Class        Class         `json:"class,omitempty"` // the most severe class over its threshold
	Classes      []ClassResult `json:"classes,omitempty"`
	Discordant   bool          `json:"discordant,omitempty"` // history says worse than the model: a human decides
	Model        ModelRef      `json:"model,omitzero"`
	ModelState   ModelState    `json:"model_state,omitempty"` // as rule X22 was asked; "" not recorded
	Optics       OpticsID      `json:"optics,omitempty"`
	Captures     []CaptureID   `json:"captures,omitempty"` // the still that decided: Classes and Class are about it
	Stills       []StillResult `json:"stills,omitempty"`   // the model's word about each still that it was asked about
	RulesVersion string        `json:"rules_version"`
	Hits         []RuleHit     `json:"hits,omitempty"`
	At           Stamp         `json:"at"`
	TookMS       float64       `json:"took_ms,omitempty"` // from the request to the answer
}

// StillResult is the model's word about one dermoscopic still. A lesion's finding takes the most severe of its usable stills.
type StillResult struct {
	Capture CaptureID     `json:"capture"`
	Model   ModelRef      `json:"model,omitzero"`
	Class   Class         `json:"class,omitempty"`   // the most severe class over its threshold
	Classes []ClassResult `json:"classes,omitempty"` // none when there was no answer
	Reason  string        `json:"reason,omitempty"`  // why there was none, a key of the catalogue
	TookMS  float64       `json:"took_ms,omitempty"`
	// Period is the self-test period of the answer. Where the model failed the self-test after it, Reason says so beside Classes, and
	// they count only where they are worse than benign.
	Period string `json:"self_test_period,omitempty"`
	// OutOfDistribution says how unlike the model's own pictures this one is (rule X19); nil: the model gives no such score.
	OutOfDistribution *Score `json:"out_of_distribution,omitempty"`
}

// Score is one number of a model against its limit.
type Score struct {
	Value float64 `json:"value"`
	Limit float64 `json:"limit"` // the model's own, from its manifest
	Over  bool    `json:"over"`  // Value > Limit
}

// ModelState is how the installed model stood when a lesion was judged: whether one was ready, and if not, why (rule X22).
type ModelState string

// The states of a model.
const (
	ModelReady       ModelState = "ready"
	ModelStarting    ModelState = "starting"         // its worker is on the way
	ModelNone        ModelState = "none"             // no pack is installed
	ModelExpired     ModelState = "expired"          // the pack's time has passed
	ModelWithdrawn   ModelState = "withdrawn"        // taken back by its publisher or the trust
	ModelNotApproved ModelState = "not_approved"     // a live box runs approved packs only
	ModelUnverified  ModelState = "unverified"       // a signature or digest did not check
	ModelSelfTest    ModelState = "self_test_failed" // the golden vectors got other answers
	ModelUnavailable ModelState = "unavailable"      // pack, runtime or worker cannot be used
)

// ModelRef names exactly what judged: pack, version, digest of the signed manifest, status and engine.
type ModelRef struct {
	ID      string `json:"id,omitempty"`
	Version string `json:"version,omitempty"`
	Digest  string `json:"digest,omitempty"` // "sha256:..." of the manifest's exact bytes
	Status  string `json:"status,omitempty"` // "simulation", "demonstration", "evaluation", "approved"
	Engine  string `json:"engine,omitempty"` // for example "TFLite 2.21.0 XNNPACK"
}

// Approved is the one status of a model that is for clinical use.
const Approved = "approved"

// NotForClinicalUse gives the status of the first of the models that is not for clinical use; "" where there is none. What a model is
// that does not say so is not known, and it counts.
func NotForClinicalUse(models ...ModelRef) string {
	for _, m := range models {
		switch {
		case m == (ModelRef{}) || m.Status == Approved:
		case m.Status == "":
			return "unknown"
		default:
			return m.Status
		}
	}
	return ""
}

// Effect is what a rule does when it hits (decisions 12).
type Effect string

// The effects.
const (
	NoAI          Effect = "no_ai"          // no model may judge the lesion
	HumanRequired Effect = "human_required" // a human reads it whatever the model says
	NeverLower    Effect = "never_lower"    // the model may raise the route, never lower it
	AfterAI       Effect = "after_ai"       // found in the model's own answer
)

// RuleHit is one eligibility rule that applied, or could not be excluded.
type RuleHit struct {
	Rule     string   `json:"rule"` // "X01" to "X22"
	Effects  []Effect `json:"effects"`
	LesionID LesionID `json:"lesion_id,omitempty"` // "" when it is about the patient
	Unknown  bool     `json:"unknown,omitempty"`   // hit because the answer is not known
	Key      string   `json:"key"`                 // the sentence for the HCA
	Source   string   `json:"source"`              // where the rule comes from
}
