package kiosk_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/ui/kiosk"
)

// StandInClock stands still.
type StandInClock struct{}

// Now is appliance.Clock.
func (StandInClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Date(2026, 11, 22, 11, 46, 0, 0, time.UTC), Mono: 1, Boot: "b", Quality: appliance.ClockSynchronised}
}

// StandInStaff has two HCAs; the first has the PIN 482913 and can be disabled.
type StandInStaff struct{ disabled bool }

var hca = appliance.Operator{ID: "hca-1", Name: "Joy Okafor", Role: "hca"}

// List is kiosk.Staff.
func (s *StandInStaff) List(context.Context) ([]appliance.Operator, error) {
	if s.disabled {
		return []appliance.Operator{{ID: "hca-2", Name: "Priya Shah", Role: "hca"}}, nil
	}
	return []appliance.Operator{hca, {ID: "hca-2", Name: "Priya Shah", Role: "hca"}}, nil
}

// Authenticate is kiosk.Staff.
func (*StandInStaff) Authenticate(_ context.Context, id, pin string) (appliance.Operator, error) {
	if id == hca.ID && pin == "482913" {
		return hca, nil
	}
	return appliance.Operator{}, appliance.E(appliance.Unauthorised, "staff.sign_in.refused", nil)
}

// StandInVisits keeps visits in memory and checks as little as the pages' tests need: banner, names, answers, declarations.
// What intake itself refuses is tested there.
type StandInVisits struct {
	mu       sync.Mutex
	cases    map[appliance.CaseID]*appliance.Case
	attempts map[appliance.LesionID]int
	failed   appliance.Failures
	signOffs int
	poor     bool                // the next stills fail the gate
	measures []appliance.Measure // of their verdict; nil: focus alone
	fail     error               // the next call of Capture fails with it
	held     *appliance.Capture
	hits     []appliance.RuleHit // of the rules, besides X16
}

func newVisits() *StandInVisits {
	return &StandInVisits{cases: map[appliance.CaseID]*appliance.Case{}, attempts: map[appliance.LesionID]int{}}
}

func token(c *appliance.Case) string {
	if c.State == appliance.Draft {
		return ""
	}
	sum := sha256.Sum256([]byte(c.Patient.FamilyName + c.Patient.GivenName + string(c.Patient.NHSNumber)))
	return hex.EncodeToString(sum[:8])
}

// sealed is what the check page must send back.
func sealed(c *appliance.Case) string { return token(c) + "-sealed" }

func (s *StandInVisits) view(c *appliance.Case) *appliance.VisitView {
	step := appliance.StepCheck
	switch {
	case !c.State.Open():
		step = appliance.StepSaved
	case c.State == appliance.Draft:
		step = appliance.StepPatient
	case c.Consent.Photography == "":
		step = appliance.StepConsent
	case c.History.SkinType == "":
		step = appliance.StepHistory
	case len(c.Lesions) == 0:
		step = appliance.StepLesion
	case len(c.Captures) == 0 && c.Consent.Photography == appliance.Yes:
		step = appliance.StepImages
	}
	hits := slices.Clone(s.hits)
	if c.Consent.AI == appliance.No {
		hits = append(hits, appliance.RuleHit{Rule: "X16", Key: "rules.X16", Effects: []appliance.Effect{appliance.NoAI}})
	}
	copied := *c
	copied.Lesions, copied.Captures = slices.Clone(c.Lesions), slices.Clone(c.Captures)
	v := &appliance.VisitView{Case: copied, Banner: token(c), Seal: sealed(c), Step: step, Hits: hits, Attempts: s.attempts, Failed: s.failed}
	if s.held != nil {
		v.Held = &appliance.CaptureResult{AttemptID: string(s.held.ID), Capture: *s.held}
	}
	return v
}

func (s *StandInVisits) change(id appliance.CaseID, banner *string, edit func(*appliance.Case) error) (*appliance.VisitView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cases[id]
	switch {
	case !ok:
		return nil, appliance.E(appliance.NotFound, "storage.case.not_found", nil)
	case !c.State.Open():
		return nil, appliance.E(appliance.Conflict, "error.visit.closed", nil)
	case banner != nil && *banner != token(c):
		return nil, appliance.E(appliance.Conflict, "error.visit.banner", nil)
	}
	if err := edit(c); err != nil {
		return nil, err
	}
	return s.view(c), nil
}

// Start is kiosk.Visits.
func (s *StandInVisits) Start(_ context.Context, op appliance.Operator) (*appliance.VisitView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &appliance.Case{ID: appliance.CaseID(appliance.NewID()), Operator: op, State: appliance.Draft}
	s.cases[c.ID] = c
	return s.view(c), nil
}

// View is kiosk.Visits.
func (s *StandInVisits) View(_ context.Context, id appliance.CaseID) (*appliance.VisitView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cases[id]
	if !ok {
		return nil, appliance.E(appliance.NotFound, "storage.case.not_found", nil)
	}
	return s.view(c), nil
}

// Identify is kiosk.Visits.
func (s *StandInVisits) Identify(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, p appliance.Patient, r appliance.Referral) (*appliance.VisitView, error) {
	return s.change(id, &banner, func(c *appliance.Case) error {
		number, err := appliance.ParseNHSNumber(string(p.NHSNumber))
		if err != nil {
			return err
		}
		if p.FamilyName == "" {
			return appliance.FieldError("family_name", "error.name")
		}
		p.NHSNumber = number
		c.Patient, c.Referral, c.State = p, r, appliance.Identified
		return nil
	})
}

// Consent is kiosk.Visits.
func (s *StandInVisits) Consent(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, consent appliance.Consent) (*appliance.VisitView, error) {
	return s.change(id, &banner, func(c *appliance.Case) error {
		if consent.Photography == "" {
			return appliance.FieldError("photography", "error.consent.answer")
		}
		c.Consent, c.State = consent, appliance.Consented
		return nil
	})
}

// History is kiosk.Visits.
func (s *StandInVisits) History(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, h appliance.History) (*appliance.VisitView, error) {
	return s.change(id, &banner, func(c *appliance.Case) error {
		if h.SkinType == "" {
			return appliance.FieldError("skin_type", "error.skin_type")
		}
		c.History, c.State = h, appliance.HistoryDone
		return nil
	})
}

// PutLesion is kiosk.Visits.
func (s *StandInVisits) PutLesion(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, l appliance.Lesion) (*appliance.VisitView, error) {
	return s.change(id, &banner, func(c *appliance.Case) error {
		if _, ok := appliance.FindSite(l.Site); !ok {
			return appliance.FieldError("site", "error.lesion.site")
		}
		if l.ID != "" {
			if old, ok := c.Lesion(l.ID); ok {
				l.Label = old.Label
				*old = l
			}
			return nil
		}
		l.ID, l.Label = appliance.LesionID(appliance.NewID()), fmt.Sprintf("L%d", len(c.Lesions)+1)
		c.Lesions = append(c.Lesions, l)
		return nil
	})
}

// Capture is kiosk.Visits.
func (s *StandInVisits) Capture(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, lesion appliance.LesionID, view appliance.View) (*appliance.CaptureResult, error) {
	result := &appliance.CaptureResult{AttemptID: appliance.NewID(), SavedMS: 4.2}
	_, err := s.change(id, &banner, func(c *appliance.Case) error {
		if err := s.fail; err != nil {
			s.fail = nil
			return err
		}
		s.attempts[lesion]++
		result.Capture = appliance.Capture{ID: appliance.CaptureID(result.AttemptID), LesionID: lesion, View: view, Attempt: s.attempts[lesion],
			Quality: appliance.Verdict{Pass: !s.poor, HardFail: s.poor, Measures: []appliance.Measure{{Name: "focus", Pass: !s.poor, Hard: true, Key: "quality.focus.low"}}}}
		if s.measures != nil {
			result.Capture.Quality.Measures = s.measures
		}
		if s.poor {
			held := result.Capture
			s.held = &held
			return nil
		}
		result.Kept = true
		c.Captures, c.State = append(c.Captures, result.Capture), appliance.Capturing
		return nil
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// KeepPoor is kiosk.Visits.
func (s *StandInVisits) KeepPoor(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, attemptID, reason string) (*appliance.VisitView, error) {
	return s.change(id, &banner, func(c *appliance.Case) error {
		if s.held == nil || string(s.held.ID) != attemptID {
			return appliance.E(appliance.NotFound, "error.capture.not_held", nil)
		}
		if reason == "" {
			return appliance.FieldError("reason", "error.capture.reason")
		}
		s.held.Override = reason
		c.Captures, c.State, s.held = append(c.Captures, *s.held), appliance.Capturing, nil
		return nil
	})
}

// Image is kiosk.Visits.
func (s *StandInVisits) Image(_ context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.cases[id]; ok && slices.ContainsFunc(c.Captures, func(x appliance.Capture) bool { return x.ID == capture }) {
		return []byte("\xff\xd8 a JPEG"), nil
	}
	return nil, appliance.E(appliance.NotFound, "storage.capture.not_found", nil)
}

// SignOff is kiosk.Visits.
func (s *StandInVisits) SignOff(ctx context.Context, id appliance.CaseID, seal string, _ appliance.Operator, d appliance.Declarations) (*appliance.VisitView, error) {
	if v, err := s.View(ctx, id); err == nil && !v.Case.State.Open() {
		return v, nil
	}
	return s.change(id, nil, func(c *appliance.Case) error {
		if seal != sealed(c) {
			return appliance.E(appliance.Conflict, "error.visit.banner", nil)
		}
		if !d.PatientConfirmed {
			return appliance.FieldError("patient_confirmed", "error.declaration.patient_confirmed")
		}
		s.signOffs++
		for _, l := range c.Lesions {
			c.Findings = append(c.Findings, appliance.Finding{LesionID: l.ID, Status: appliance.Assessed, Class: appliance.Melanoma, Route: appliance.UrgentReview})
		}
		c.Route, c.State = c.MostUrgent(), appliance.Queued
		return nil
	})
}

// Abandon is kiosk.Visits.
func (s *StandInVisits) Abandon(_ context.Context, id appliance.CaseID, banner string, _ appliance.Operator, reason string) error {
	_, err := s.change(id, &banner, func(c *appliance.Case) error {
		if reason == "" {
			return appliance.FieldError("reason", "error.abandon.reason")
		}
		c.State = appliance.Abandoned
		return nil
	})
	return err
}

// set changes a case behind the pages' back, as another page or the sending engine would.
func (s *StandInVisits) set(id appliance.CaseID, edit func(*appliance.Case)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(s.cases[id])
}

// StandInSending lists what a test puts in.
type StandInSending struct {
	status appliance.SendingStatus
	list   []appliance.CaseSummary
	tried  int
}

// Status is kiosk.Sending.
func (s *StandInSending) Status() appliance.SendingStatus { return s.status }

// List is kiosk.Sending.
func (s *StandInSending) List(context.Context) ([]appliance.CaseSummary, error) { return s.list, nil }

// Drafts is kiosk.Sending.
func (s *StandInSending) Drafts(context.Context) ([]appliance.CaseSummary, error) {
	return slices.DeleteFunc(slices.Clone(s.list), func(c appliance.CaseSummary) bool { return !c.State.Open() }), nil
}

// TryNow is kiosk.Sending.
func (s *StandInSending) TryNow() { s.tried++ }

// StandInHealth has one check of each level.
type StandInHealth struct{}

// Checks is kiosk.Health.
func (StandInHealth) Checks() []kiosk.HealthLine {
	since := StandInClock{}.Now().Wall
	return []kiosk.HealthLine{
		{Name: "camera", Level: "error", Sentence: "The dermatoscope does not answer. Plug it in.", Who: "Whoever is here", Since: since},
		{Name: "sync", Level: "warn", Sentence: "Waiting.", Since: since}, {Name: "space", Level: "ok", Sentence: "There is room.", Since: since},
	}
}
