package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/intake"
)

// StandInCases keeps cases in memory, as JSON, so that nothing is shared with the service. The real store's own tests
// cover what it promises.
type StandInCases struct {
	mu       sync.Mutex
	cases    map[appliance.CaseID][]byte
	states   map[appliance.CaseID]appliance.State
	images   map[appliance.CaptureID][]byte
	attempts map[appliance.CaseID][]intake.Attempt
	seen     map[string]bool
	acts     []intake.Act
	signOffs int
	fail     error // the next write fails with it
	failKeep error // Keep fails with it, and nothing else does
}

func newStandInCases() *StandInCases {
	return &StandInCases{
		cases: map[appliance.CaseID][]byte{}, states: map[appliance.CaseID]appliance.State{},
		images: map[appliance.CaptureID][]byte{}, attempts: map[appliance.CaseID][]intake.Attempt{}, seen: map[string]bool{},
	}
}

func (s *StandInCases) put(c *appliance.Case, act intake.Act) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	raw, err := json.Marshal(c)
	s.cases[c.ID], s.states[c.ID] = raw, c.State
	s.acts = append(s.acts, act)
	return err
}

func actOf(action string) intake.Act { return intake.Act{Actor: "test", Action: action, Outcome: "ok"} }

func (s *StandInCases) Create(_ context.Context, c *appliance.Case, a intake.Act) error {
	return s.put(c, a)
}
func (s *StandInCases) Save(_ context.Context, c *appliance.Case, a intake.Act) error {
	return s.put(c, a)
}
func (s *StandInCases) SignOff(_ context.Context, c *appliance.Case, a intake.Act) error {
	s.signOffs++
	return s.put(c, a)
}

func (s *StandInCases) Case(_ context.Context, id appliance.CaseID) (*appliance.Case, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, ok := s.cases[id]
	if !ok {
		return nil, appliance.E(appliance.NotFound, "storage.case.unknown", nil)
	}
	var c appliance.Case
	err := json.Unmarshal(raw, &c)
	c.State = s.states[id]
	return &c, err
}

func (s *StandInCases) Keep(ctx context.Context, c *appliance.Case, capture appliance.Capture, jpeg []byte, a intake.Attempt, act intake.Act) error {
	if err := errors.Join(ctx.Err(), s.failKeep); err != nil {
		return err
	}
	if err := s.put(c, act); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.images[capture.ID] = jpeg
	s.seen[capture.ScanSHA256] = true
	s.attempts[c.ID] = append(s.attempts[c.ID], a)
	return nil
}

func (s *StandInCases) Saved(appliance.CaseID, appliance.CaptureID, float64) {}

func (s *StandInCases) Image(_ context.Context, _ appliance.CaseID, id appliance.CaptureID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.images[id], nil
}

func (s *StandInCases) SeenScan(_ context.Context, scan string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[scan], nil
}

func (s *StandInCases) Attempt(ctx context.Context, id appliance.CaseID, a intake.Attempt) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[id] = append(s.attempts[id], a)
	return nil
}

func (s *StandInCases) Attempts(_ context.Context, id appliance.CaseID) ([]intake.Attempt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts[id]), nil
}

// StandInClock stands still until it is moved.
type StandInClock struct {
	mu      sync.Mutex
	mono    int64
	suspect bool      // it shows 1970 and says so
	reached time.Time // what Bounded gives, if it is later than what it shows
}

func (c *StandInClock) Bounded() time.Time {
	if now := c.Now().Wall; now.After(c.reached) {
		return now
	}
	return c.reached
}

func (c *StandInClock) Now() appliance.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mono += int64(time.Millisecond)
	if c.suspect {
		return appliance.Stamp{Wall: time.Unix(0, c.mono).UTC(), Mono: c.mono, Boot: "boot", Quality: appliance.ClockSuspect}
	}
	return appliance.Stamp{Wall: time.Date(2026, 11, 22, 10, 0, 0, int(c.mono), time.UTC), Mono: c.mono, Boot: "boot", Quality: appliance.ClockSynchronised}
}

// StandInCamera gives a new frame at each call unless a test sets another next.
type StandInCamera struct {
	clock  *StandInClock
	n      int
	optics appliance.OpticsID // "": those of the simulated dermatoscope
	expiry appliance.Date     // of the calibration
	next   func(pressed appliance.Stamp) (intake.Still, error)
}

func (c *StandInCamera) Next(_ context.Context, pressed appliance.Stamp) (intake.Still, error) {
	if c.next != nil {
		return c.next(pressed)
	}
	c.n++
	return c.still(string(rune('a'+c.n)), c.clock.Now()), nil
}

func (c *StandInCamera) still(scan string, exposed appliance.Stamp) intake.Still {
	camera, _ := c.Optics()
	return intake.Still{JPEG: []byte("jpeg " + scan), Capture: appliance.Capture{
		Camera: camera, Seq: uint64(c.n), Exposed: exposed, ExposureClock: "stream", ScanSHA256: scan, SHA256: scan,
	}}
}

func (c *StandInCamera) Optics() (appliance.Camera, bool) {
	optics := appliance.OpticsSimulatedScope
	if c.optics != "" {
		optics = c.optics
	}
	return appliance.Camera{Optics: optics, FieldMM: 20, CalibrationExpires: c.expiry}, true
}

// StandInJudge passes every still unless a test sets a verdict.
type StandInJudge struct {
	verdict appliance.Verdict
	takes   time.Duration
	view    appliance.View // of the last still, and what it was held against
	others  []intake.Other
}

func (j *StandInJudge) Measure(_ context.Context, _ []byte, view appliance.View, others []intake.Other) (appliance.Verdict, error) {
	time.Sleep(j.takes)
	j.view, j.others = view, others
	return j.verdict, nil
}

// StandInModel answers with one class, or blocks, or fails.
type StandInModel struct {
	mu      sync.Mutex
	calls   int
	class   appliance.Class
	err     error
	block   chan struct{}
	absent  bool
	status  string // of its pack
	period  string // of its answers
	doubted string
	state   appliance.ModelState // what an absent one says of itself
	panics  bool
	odd     func(*appliance.ClassResult) // what a strange answer has
	unlike  *appliance.Score             // of the pictures; nil: as those that it knows

	takes        time.Duration
	asking, most int // stills that are being judged, and the most that were at once
}

func (m *StandInModel) Ready() (appliance.ModelRef, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return appliance.ModelRef{ID: "stand-in", Digest: "sha256:0", Status: m.status}, !m.absent
}
func (m *StandInModel) Doubted(period string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return period != "" && period == m.doubted
}
func (m *StandInModel) State() appliance.ModelState { return m.state }

func (m *StandInModel) Allows(o appliance.OpticsID) bool { return o == appliance.OpticsSimulatedScope }
func (m *StandInModel) Assess(ctx context.Context, _ []byte, _ appliance.OpticsID) (intake.Answer, error) {
	m.mu.Lock()
	m.calls++
	m.asking++
	m.most = max(m.most, m.asking)
	err, block, panics, takes := m.err, m.block, m.panics, m.takes
	m.mu.Unlock()
	defer m.set(func(m *StandInModel) { m.asking-- })
	time.Sleep(takes)
	if panics {
		panic("the picture of Quillfeather")
	}
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return intake.Answer{}, ctx.Err()
		}
	}
	if err != nil {
		return intake.Answer{}, err
	}
	result := appliance.ClassResult{Label: "x", Class: m.class, Probability: 0.9, Threshold: 0.1, Over: true}
	if m.class == "" {
		result.Probability, result.Over = 0.05, false
	}
	if m.odd != nil {
		m.odd(&result)
	}
	score := appliance.Score{Value: 0.2, Limit: 0.5}
	if m.unlike != nil {
		score = *m.unlike
	}
	answer := intake.Answer{Model: appliance.ModelRef{ID: "stand-in", Digest: "sha256:0", Status: m.status}, OutOfDistribution: &score, Results: []appliance.ClassResult{result}, Class: m.class, Period: m.period}
	if m.class != "" {
		answer.Set = []appliance.Class{m.class}
	}
	return answer, nil
}

// set changes the model while assessments may be under way.
func (m *StandInModel) set(change func(*StandInModel)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *StandInModel) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// rig is a service with its stand-ins and a visit that has got as far as a test wants.
type rig struct {
	t       *testing.T
	log     *bytes.Buffer // all that the service logged; read it after Close
	service *intake.Service
	cases   *StandInCases
	clock   *StandInClock
	camera  *StandInCamera
	judge   *StandInJudge
	model   *StandInModel
	op      appliance.Operator
	id      appliance.CaseID
	banner  string
	lesion  appliance.LesionID
	woken   int
	space   error
}

func newRig(t *testing.T) *rig {
	t.Helper()
	rules, err := eligibility.Parse(eligibility.Default())
	if err != nil {
		t.Fatal(err)
	}
	clock := &StandInClock{}
	r := &rig{
		t: t, log: &bytes.Buffer{}, cases: newStandInCases(), clock: clock, camera: &StandInCamera{clock: clock},
		judge: &StandInJudge{verdict: appliance.Verdict{Pass: true}}, model: &StandInModel{class: appliance.Melanoma},
		op: appliance.Operator{ID: "hca1", Name: "H", Role: "hca"},
	}
	r.service = intake.New(intake.Options{
		Cases: r.cases, Camera: r.camera, Judge: r.judge, Model: r.model, Rules: rules, Clock: clock,
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Space: func() error { return r.space }, Signed: func() { r.woken++ },
		Site: appliance.Site{Trust: "RX0", Code: "RX0DM", Pathway: appliance.TriagePriority}, DeviceID: "box1",
		Demonstration: true, LesionCap: 2, Patience: 5 * time.Second,
	})
	t.Cleanup(func() { r.service.Close() })
	return r
}

func (r *rig) must(v *appliance.VisitView, err error) *appliance.VisitView {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	r.id, r.banner = v.Case.ID, v.Banner
	return v
}

func patient() (appliance.Patient, appliance.Referral) {
	return appliance.Patient{NHSNumber: "9990548609", FamilyName: "Example", GivenName: "Ann", BirthDate: "1960-02-03",
			Gender: "female", IdentityCheckedBy: []string{"name", "birth_date"}},
		appliance.Referral{Date: "2026-11-20", Pathway: "usc"}
}

func history() appliance.History {
	return appliance.History{SkinType: "II", Immunosuppressed: appliance.No, PreviousSkinCancer: appliance.No, FamilyMelanoma: appliance.No}
}

func consent() appliance.Consent {
	return appliance.Consent{Photography: appliance.Yes, AI: appliance.Yes, Teaching: appliance.No, Research: appliance.No, Wording: "1"}
}

func lesion() appliance.Lesion {
	return appliance.Lesion{OnReferral: appliance.Yes, Site: "75093004", Laterality: appliance.Midline, DiameterMM: 6, Duration: "3-6m",
		ChangeSize: appliance.No, ChangeShape: appliance.No, ChangeColour: appliance.No, Inflammation: appliance.No, Oozing: appliance.No,
		Sensation: appliance.No, Nodular: appliance.No, Growing: appliance.No, Pigmented: appliance.Yes, Ulcerated: appliance.No,
		PriorTreatment: appliance.No, Scar: appliance.No, Tattoo: appliance.No, HairUncleared: appliance.No, NotVisible: appliance.No, Rash: appliance.No}
}

// toImages takes the visit to the point where Capture may be pressed.
func (r *rig) toImages() *rig {
	r.t.Helper()
	ctx := r.t.Context()
	r.must(r.service.Start(ctx, r.op))
	p, ref := patient()
	r.must(r.service.Identify(ctx, r.id, r.banner, r.op, p, ref))
	r.must(r.service.Consent(ctx, r.id, r.banner, r.op, consent()))
	r.must(r.service.History(ctx, r.id, r.banner, r.op, history()))
	v := r.must(r.service.PutLesion(ctx, r.id, r.banner, r.op, lesion()))
	r.lesion = v.Case.Lesions[0].ID
	return r
}

func (r *rig) press() (*appliance.CaptureResult, error) {
	return r.service.Capture(r.t.Context(), r.id, r.banner, r.op, r.lesion, appliance.Dermoscopic)
}

func (r *rig) captured() *rig {
	r.t.Helper()
	r.toImages()
	if result, err := r.press(); err != nil || !result.Kept {
		r.t.Fatalf("capture: %+v, %v", result, err)
	}
	return r
}

func (r *rig) signOff() (*appliance.VisitView, error) {
	seen, err := r.service.View(r.t.Context(), r.id)
	if err != nil {
		return nil, err
	}
	return r.service.SignOff(r.t.Context(), r.id, seen.Seal, r.op,
		appliance.Declarations{PatientConfirmed: true, LesionsComplete: true, LeafletGiven: true, ContactConfirmed: true})
}
