// Package intake takes one visit from the first screen to the outbox, step by step: it is where frames, findings and cases
// meet. Each step is a durable commit of its own; each write names the patient banner that its page showed, and a write
// under another banner is refused (hazard H01).
package intake

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// Cases keeps cases durably. Every write method returns only after its commit is on the disk, and writes its audit row in
// the same transaction. Errors are *appliance.Error; Conflict means that the case has moved on since it was read.
type Cases interface {
	Create(ctx context.Context, c *appliance.Case, act Act) error
	Save(ctx context.Context, c *appliance.Case, act Act) error
	Case(ctx context.Context, id appliance.CaseID) (*appliance.Case, error)
	// Keep seals and stores the still's bytes, then commits c (which already holds the capture) and the attempt in one
	// transaction.
	Keep(ctx context.Context, c *appliance.Case, capture appliance.Capture, jpeg []byte, a Attempt, act Act) error
	// Saved notes how long Keep took; it is written with the case's next commit, so that it costs no sync of its own.
	Saved(id appliance.CaseID, capture appliance.CaptureID, ms float64)
	Image(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error)
	// SeenScan says whether a still with that scan-data hash was kept before, for any patient.
	SeenScan(ctx context.Context, scanSHA256 string) (bool, error)
	Attempt(ctx context.Context, id appliance.CaseID, a Attempt) error
	// Attempts gives the presses, oldest first; with the error Unverified those that can be read, when others are damaged.
	Attempts(ctx context.Context, id appliance.CaseID) ([]Attempt, error)
	// SignOff freezes c and puts it in the outbox in one transaction; a second call for the same case changes nothing.
	SignOff(ctx context.Context, c *appliance.Case, act Act) error
}

// Act is what the audit row says of a step: who did what, with which outcome.
type Act struct {
	Actor    string // operator id, or "dermboxd"
	Action   string // for example "patient.identify"
	Outcome  string // "ok" or a code
	Reason   string // a catalogue key or a rule id, never free text of a person
	Versions map[string]string
}

// Attempt is one press of Capture, whether or not its still was kept.
type Attempt struct {
	ID      string
	Lesion  appliance.LesionID
	View    appliance.View
	At      appliance.Stamp
	Outcome string // "kept", "held", or the key of the refusal
	Reason  string // why a poor still was kept all the same, as Capture.Override has it; "" otherwise
	Verdict appliance.Verdict
}

// Still is one frame as the camera gave it, exposed after the press.
type Still struct {
	JPEG    []byte
	Capture appliance.Capture // camera, sequence, exposure, hashes and size filled in
}

// Camera gives stills. Next returns the first frame exposed after pressed, or an *appliance.Error whose sentence says what
// is wrong with the camera.
type Camera interface {
	Next(ctx context.Context, pressed appliance.Stamp) (Still, error)
	Optics() (appliance.Camera, bool)
}

// Judge measures a still at full size against the profile in force for its view.
type Judge interface {
	// Measure compares the still with those of the visit's other lesions, too: one picture is of one lesion.
	Measure(ctx context.Context, jpeg []byte, view appliance.View, others []Other) (appliance.Verdict, error)
}

// Other is a kept still of another lesion of the visit.
type Other struct {
	Label string // of its lesion, for the sentence: "L1"
	Hash  string // its verdict's perceptual hash
}

// Model asks the model. Judge's error says why there is no answer: then a human looks first.
type Model interface {
	// Ready gives the model in force and whether it passed its self-test.
	Ready() (appliance.ModelRef, bool)
	// State says how the model stands: for the record, where Ready says no.
	State() appliance.ModelState
	// Allows says whether the model was validated with those optics.
	Allows(optics appliance.OpticsID) bool
	// Doubted says whether the model failed the self-test that followed the answers of a period.
	Doubted(period string) bool
	// Assess decodes the original still and judges it.
	Assess(ctx context.Context, jpeg []byte, optics appliance.OpticsID) (Answer, error)
}

// Answer is the model's answer for one still: each class against its threshold, the set over threshold and the most
// severe of it. An empty set is "cannot judge", never benign.
type Answer struct {
	Model   appliance.ModelRef
	Results []appliance.ClassResult
	Set     []appliance.Class
	Class   appliance.Class
	TookMS  float64
	Period  string // of self-tests, for Doubted; "" where the model keeps none
	// OutOfDistribution is nil for a model that gives no such score.
	OutOfDistribution *appliance.Score
}

// Options are the parts that a Service works with. All are required but Pathway and FrameWait.
type Options struct {
	Cases  Cases
	Camera Camera
	Judge  Judge
	Model  Model
	Rules  *eligibility.Engine
	Clock  appliance.BoundedClock
	Log    *slog.Logger
	Space  func() error // refuses with Full when the next visit would not fit
	Signed func()       // called after each sign-off: the outbox has work

	Site          appliance.Site
	Pathway       func() appliance.Pathway // in force now; nil: always the site's
	DeviceID      string
	Software      string
	Demonstration bool
	LesionCap     int           // lesions per visit that the service allows
	Patience      time.Duration // how long sign-off waits for the model, at most 20 s
	FrameWait     time.Duration // how long a press of Capture waits for a frame; 0: three seconds
}

// Service runs visits. Its methods may be called concurrently; writes to one case happen one after another.
type Service struct {
	Options

	mu     sync.Mutex
	cases  map[appliance.CaseID]*visit
	closed bool
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	asking chan struct{} // holds one for each still that is decoded or with the model
}

// visit is what the service remembers of an open case besides what is durable: nothing that a crash may not take.
type visit struct {
	sync.Mutex                                    // serialises the writes of one case
	held       atomic.Pointer[held]               // a poor still that waits for a reason or a retake; written under the lock
	pending    map[appliance.CaptureID]*assessing // stills that the model has
}

// New makes a Service; Close ends it.
func New(o Options) *Service {
	ctx, cancel := context.WithCancel(context.Background())
	return &Service{Options: o, cases: map[appliance.CaseID]*visit{}, ctx: ctx, cancel: cancel, asking: make(chan struct{}, askedAtOnce)}
}

// Close stops assessments that are under way, waits for them and lets no other begin. Their lesions are "not assessed"
// until asked again.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	return nil
}

// background runs f beside the visit; Close waits for it. It is false, and nothing runs, once the service is closed. A panic
// ends f alone: the log has its type, and never its value, which may hold a patient's data.
func (s *Service) background(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Go(func() {
		defer func() {
			if value := recover(); value != nil {
				s.Log.Error("judging a lesion panicked; a human looks", "type", fmt.Sprintf("%T", value))
			}
		}()
		f()
	})
	return true
}

// visit gives what is remembered of a visit, and begins to remember one that is open. Of a visit that is over nothing stays; of
// one that never was there is only the store's error. The case is read after it was put in, so that a sign-off in between leaves
// nothing behind.
func (s *Service) visit(ctx context.Context, id appliance.CaseID) (*visit, error) {
	s.mu.Lock()
	v, known := s.cases[id]
	if !known {
		v = &visit{pending: map[appliance.CaptureID]*assessing{}}
		s.cases[id] = v
	}
	s.mu.Unlock()
	if known {
		return v, nil
	}
	c, err := s.Cases.Case(ctx, id)
	if appliance.CodeOf(err) == appliance.NotFound || err == nil && !c.State.Open() {
		s.forget(id)
	}
	return v, err
}

// known gives what is remembered of an open visit, nil for one that is over.
func (s *Service) known(id appliance.CaseID) *visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cases[id]
}

func (s *Service) forget(id appliance.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cases, id)
}
