package appliance

// CaseSchema is the version of a case's JSON form; it may still grow until it is frozen.
const CaseSchema = "dermbox.case/1"

// MaxStills and MaxLesions bound one visit. The trust's protocol takes a case of at most 64 parts, case.json among them, and a
// case.json of at most 1 MiB (sync/wire): a visit of this size fits with room to spare, and one above it could never be sent.
const (
	MaxStills  = 60
	MaxLesions = 20
)

// State is where a case stands on the device. Draft states follow the visit; the trust's own states are not here.
type State string

// The states, in the order of an ordinary visit, then the side states.
const (
	Draft       State = "DRAFT"      // opened, nobody identified
	Identified  State = "IDENTIFIED" // the patient was confirmed: the banner shows from here on
	Consented   State = "CONSENTED"
	HistoryDone State = "HISTORY_DONE"
	Capturing   State = "CAPTURING" // at least one still was kept
	Queued      State = "QUEUED"    // signed off, frozen, in the outbox
	Sending     State = "SENDING"   // offered to the hub, not yet receipted
	Receipted   State = "RECEIPTED" // the hub's signed receipt was verified
	Purgeable   State = "PURGEABLE" // receipted for long enough
	Purged      State = "PURGED"    // images and keys gone, a stub stays

	Abandoned        State = "ABANDONED"   // given up before sign-off, with a reason
	Quarantined      State = "QUARANTINED" // the hub refused it for good: a person must act
	WrongPatientHold State = "WRONG_PATIENT_HOLD"
)

// Open says whether the visit is still going on.
func (s State) Open() bool {
	switch s {
	case Draft, Identified, Consented, HistoryDone, Capturing:
		return true
	}
	return false
}

// Case is one visit of one patient: what dermbox exists for. From sign-off it is frozen; its JSON form goes to the trust
// as case.json beside the images.
type Case struct {
	Schema        string       `json:"schema"` // CaseSchema
	ID            CaseID       `json:"id"`
	Version       int          `json:"version"` // 1 at sign-off; an amendment counts up
	Demonstration bool         `json:"demonstration"`
	Site          Site         `json:"site"`
	DeviceID      string       `json:"device_id"`
	Operator      Operator     `json:"operator"`
	Started       Stamp        `json:"started"`
	SignedOff     Stamp        `json:"signed_off,omitzero"`
	Patient       Patient      `json:"patient"`
	Referral      Referral     `json:"referral"`
	Consent       Consent      `json:"consent"`
	History       History      `json:"history"`
	Lesions       []Lesion     `json:"lesions"`
	Captures      []Capture    `json:"captures"`
	Findings      []Finding    `json:"findings"` // one per lesion from sign-off on
	Route         Route        `json:"route"`    // of the most urgent lesion
	Declarations  Declarations `json:"declarations"`
	Software      string       `json:"software"` // the daemon's version
	// NotForClinicalUse is the status of a model that is not approved and was in force at sign-off, or spoke of a lesion; "" for none.
	// Whoever shows or prints the case says so: text.Mark.
	NotForClinicalUse string `json:"not_for_clinical_use,omitempty"`
	State             State  `json:"-"` // the device's own; not part of the record
	Revision          int64  `json:"-"` // the store's count of saves: a save from an older one is refused
}

// Site is where the box stands and how the service works there.
type Site struct {
	Trust   string  `json:"trust"` // ODS code of the trust
	Code    string  `json:"code"`  // ODS site code of the clinic
	Name    string  `json:"name"`
	Room    string  `json:"room,omitempty"`
	Pathway Pathway `json:"pathway"`
	// LesionCap is how many lesions of one visit the service allows for a model (rule X13); 0 not recorded.
	LesionCap int `json:"lesion_cap,omitempty"`
}

// Pathway is the service's pathway model (domain 1.2).
type Pathway string

// The pathway models. In AUTONOMOUS_BENIGN the trust may discharge by the model's word: it asks for a pack that is approved for it.
const (
	CaptureOnly       Pathway = "CAPTURE_ONLY"
	Shadow            Pathway = "SHADOW"
	TriagePriority    Pathway = "TRIAGE_PRIORITY"
	SecondReadPathway Pathway = "SECOND_READ"
	AutonomousBenign  Pathway = "AUTONOMOUS_BENIGN"
)

// Operator is the member of staff who runs the visit.
type Operator struct {
	ID   string `json:"id"`   // staff id, for example an SDS user id
	Name string `json:"name"` // as shown on the kiosk
	Role string `json:"role"` // "hca", "it", "lead"
}

// Declarations are what the HCA confirms at sign-off (minimum data set F).
type Declarations struct {
	PatientConfirmed bool `json:"patient_confirmed"` // again, with the images on the screen
	LesionsComplete  bool `json:"lesions_complete"`
	LeafletGiven     bool `json:"leaflet_given"`
	ContactConfirmed bool `json:"contact_confirmed"`
}

// Lesion gives the case's lesion of that id.
func (c *Case) Lesion(id LesionID) (*Lesion, bool) {
	for i := range c.Lesions {
		if c.Lesions[i].ID == id {
			return &c.Lesions[i], true
		}
	}
	return nil, false
}

// CapturesOf gives the kept stills of one lesion, in the order they were taken.
func (c *Case) CapturesOf(id LesionID) []Capture {
	var found []Capture
	for _, capture := range c.Captures {
		if capture.LesionID == id {
			found = append(found, capture)
		}
	}
	return found
}

// Finding gives the finding of one lesion.
func (c *Case) Finding(id LesionID) (*Finding, bool) {
	for i := range c.Findings {
		if c.Findings[i].LesionID == id {
			return &c.Findings[i], true
		}
	}
	return nil, false
}

// MostUrgent gives the case's route: that of its most urgent lesion, and a dermatologist without AI when there is none.
func (c *Case) MostUrgent() Route {
	route := Route("")
	for _, f := range c.Findings {
		if route == "" || f.Route.Urgency() > route.Urgency() {
			route = f.Route
		}
	}
	if route == "" {
		return DermReviewNoAI
	}
	return route
}

// Models lists the models that spoke of the case's lesions.
func (c *Case) Models() (list []ModelRef) {
	for _, f := range c.Findings {
		list = append(list, f.Model)
		for _, s := range f.Stills {
			list = append(list, s.Model)
		}
	}
	return list
}

// Unapproved gives the status that a case is marked with: its own, or that of a model that spoke of it, as in a case that was
// signed off before cases had one.
func (c *Case) Unapproved() string {
	if c.NotForClinicalUse != "" {
		return c.NotForClinicalUse
	}
	return NotForClinicalUse(c.Models()...)
}
