package appliance

import "time"

// VisitView is a visit as a screen needs it: the case, the token of the patient banner that the page shows, and what comes
// next.
type VisitView struct {
	Case     Case
	Banner   string           // token of the confirmed patient; each later write must carry the one its page showed
	Seal     string           // token of all that the check page shows; signing off must carry it
	Hits     []RuleHit        // eligibility rules that apply so far
	Attempts map[LesionID]int // presses of Capture for the dermoscopic image so far
	Failed   Failures         // presses of Capture that kept nothing
	Step     Step             // the first step that is not complete
	Held     *CaptureResult   // a poor still that waits for a reason to be kept, or for the next press; nil for none
}

// Failures counts, for each lesion and view, the presses of Capture that kept nothing: refused by the quality gate, or without a
// frame at all.
type Failures map[LesionID]map[View]int

// EnoughTries is how many presses that kept nothing a lesion needs before the visit may go on without an adequate image: a
// camera that is broken, or a lesion that cannot be photographed, must not keep a patient (domain 1.8).
const EnoughTries = 3

// Unobtainable says whether an adequate image of a view was tried often enough: the page offers to go on without it.
func (v *VisitView) Unobtainable(lesion LesionID, view View) bool {
	for _, kept := range v.Case.CapturesOf(lesion) {
		if kept.View == view {
			return false
		}
	}
	return v.Failed[lesion][view] >= EnoughTries
}

// Step is a step of the visit, and the last part of its page's address.
type Step string

// The steps in order.
const (
	StepPatient Step = "patient"
	StepConsent Step = "consent"
	StepHistory Step = "history"
	StepLesion  Step = "lesion"
	StepImages  Step = "images"
	StepCheck   Step = "check"
	StepSaved   Step = "saved"
)

// CaptureResult is what one press of Capture gave. A still that failed the quality gate is held until it is kept with a
// reason or the next press replaces it.
type CaptureResult struct {
	AttemptID string // names the held still for KeepPoor
	Capture   Capture
	Kept      bool
	SavedMS   float64 // from the frame in memory to the durable commit; 0 if not kept
}

// CaseSummary is a line of a list of cases: enough to tell them apart, no more of the patient than initials.
type CaseSummary struct {
	ID        CaseID     `json:"id"`
	Reference string     `json:"reference"`
	State     State      `json:"state"`
	Route     Route      `json:"route"`
	Initials  string     `json:"-"`
	SignedOff time.Time  `json:"signed_off"`
	Received  *time.Time `json:"received,omitempty"` // from the verified receipt
	Batch     uint64     `json:"batch,omitempty"`
	LastError string     `json:"last_error,omitempty"` // key of the catalogue
	NextTry   *time.Time `json:"next_try,omitempty"`
}

// SendingStatus is how sending to the trust stands, for the kiosk and for dermboxctl status.
type SendingStatus struct {
	Reachable   bool       `json:"reachable"`
	LastContact *time.Time `json:"last_contact,omitempty"`
	LastError   string     `json:"last_error,omitempty"` // key of the catalogue

	LastErrorParams map[string]string `json:"last_error_params,omitempty"` // for its placeholders

	NeedsIT    bool       `json:"needs_it"`
	Waiting    int        `json:"waiting"`             // signed off and without a receipt
	Uncounted  bool       `json:"uncounted,omitempty"` // the store could not say how many wait: Waiting tells nothing
	SetAside   int        `json:"set_aside"`           // cases that the trust refused, or that are damaged: a person must act
	NextTry    *time.Time `json:"next_try,omitempty"`
	SentBytes  int64      `json:"sent_bytes"` // of the batch on its way
	TotalBytes int64      `json:"total_bytes"`
}
