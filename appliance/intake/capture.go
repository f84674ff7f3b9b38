package intake

import (
	"context"
	"strconv"
	"time"

	"dermbox/appliance"
)

// frameWait is how long a press of Capture waits for a frame unless Options say otherwise: a camera that gives none by then
// has stalled. judgeWait is added for the quality gate.
const (
	frameWait = 3 * time.Second
	judgeWait = 5 * time.Second
)

// held is a still that failed the quality gate: it waits for a reason to keep it, or for the next press.
type held struct {
	still   Still
	attempt Attempt
	banner  string // of the patient whom it shows
}

// Capture takes the first frame exposed after the press and keeps it when it passes the gate. Every press is recorded as
// an attempt with its scores, also when the page that pressed has gone. A frame whose scan data was ever kept before is
// refused, whoever it showed; so is one that was taken under another banner than the one still confirmed when it is kept.
func (s *Service) Capture(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, lesion appliance.LesionID, view appliance.View) (*appliance.CaptureResult, error) {
	pressed := s.Clock.Now()
	v, err := s.visit(ctx, id)
	if err != nil {
		return nil, err
	}
	v.Lock()
	defer v.Unlock()
	c, err := s.mayCapture(ctx, id, banner, lesion, view)
	if err != nil {
		return nil, err
	}
	attempt := Attempt{ID: appliance.NewID(), Lesion: lesion, View: view, At: pressed}
	if err := s.Space(); err != nil { // a full disk, too, must not keep the patient here: the press counts
		s.note(ctx, id, attempt, err)
		return nil, err
	}
	still, inMemory, err := s.take(ctx, pressed, view, others(c, lesion, view))
	if err != nil {
		s.note(ctx, id, attempt, err)
		return nil, err
	}
	still.Capture.ID, still.Capture.LesionID, still.Capture.View = appliance.CaptureID(attempt.ID), lesion, view
	still.Capture.Pressed = pressed
	if view != appliance.Dermoscopic { // the card was seen through the dermatoscope, by its lamp and at its distance
		still.Capture.Reference = nil
	}
	still.Capture.Attempt = s.attemptsFor(ctx, id, lesion, view) + 1
	attempt.Verdict = still.Capture.Quality
	v.held.Store(nil)
	if !still.Capture.Quality.Pass {
		attempt.Outcome = "held"
		if err := s.Cases.Attempt(context.WithoutCancel(ctx), id, attempt); err != nil {
			return nil, err
		}
		v.held.Store(&held{still: still, attempt: attempt, banner: banner})
		return &appliance.CaptureResult{AttemptID: attempt.ID, Capture: still.Capture}, nil
	}
	savedMS, err := s.keep(ctx, v, c, still, attempt, inMemory, op)
	if err != nil {
		return nil, err
	}
	return &appliance.CaptureResult{AttemptID: attempt.ID, Capture: still.Capture, Kept: true, SavedMS: savedMS}, nil
}

// note records a press that gave no image: after three of them the visit may go on without one, whatever is broken.
func (s *Service) note(ctx context.Context, id appliance.CaseID, a Attempt, failure error) {
	a.Outcome = keyOf(failure)
	if err := s.Cases.Attempt(context.WithoutCancel(ctx), id, a); err != nil {
		s.Log.Error("press of Capture not recorded", "case", id, "code", appliance.CodeOf(err))
	}
}

// KeepPoor keeps the held still of the last press with the reason why it is the best possible. A still that was held under
// another banner is refused: the patient was corrected meanwhile, and it may show somebody else.
func (s *Service) KeepPoor(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, attemptID, reason string) (*appliance.VisitView, error) {
	if !overrideReasons[reason] {
		return nil, appliance.FieldError("reason", "error.capture.reason")
	}
	v, err := s.visit(ctx, id)
	if err != nil {
		return nil, err
	}
	v.Lock()
	defer v.Unlock()
	waiting := v.held.Load()
	if waiting == nil || waiting.attempt.ID != attemptID {
		return nil, appliance.E(appliance.NotFound, "error.capture.not_held", nil)
	}
	if waiting.banner != banner {
		return nil, appliance.E(appliance.Conflict, "error.visit.banner", nil)
	}
	still, attempt := waiting.still, waiting.attempt
	c, err := s.mayCapture(ctx, id, banner, still.Capture.LesionID, still.Capture.View)
	if err != nil {
		return nil, err
	}
	if err := s.Space(); err != nil {
		return nil, err
	}
	still.Capture.Override, attempt.Reason = reason, reason
	if _, err := s.keep(ctx, v, c, still, attempt, time.Now(), op); err != nil {
		return nil, err
	}
	v.held.Store(nil)
	return s.view(ctx, c)
}

// drop gives up the held still of a lesion, if there is one. The caller holds the visit's lock.
func (s *Service) drop(id appliance.CaseID, lesion appliance.LesionID) {
	v := s.known(id)
	if v == nil {
		return
	}
	if waiting := v.held.Load(); waiting != nil && waiting.still.Capture.LesionID == lesion {
		v.held.Store(nil)
	}
}

// overrideReasons are the reasons for keeping a poor still (domain 1.8).
var overrideReasons = map[string]bool{
	"best-possible": true, "patient-cannot-hold-still": true, "site-hard-to-reach": true, "hair-or-skin-surface": true,
}

// mayCapture reads the case and refuses the press when consent, banner, lesion or view do not allow it.
func (s *Service) mayCapture(ctx context.Context, id appliance.CaseID, banner string, lesion appliance.LesionID, view appliance.View) (*appliance.Case, error) {
	c, err := s.Cases.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := checkBanner(c, banner); err != nil {
		return nil, err
	}
	switch view {
	case appliance.Dermoscopic, appliance.Macro, appliance.Regional, appliance.Oblique:
	default:
		return nil, appliance.FieldError("view", "error.capture.view")
	}
	if _, ok := c.Lesion(lesion); !ok {
		return nil, appliance.E(appliance.NotFound, "error.lesion.unknown", nil)
	}
	if c.Consent.Photography != appliance.Yes {
		return nil, appliance.E(appliance.Forbidden, "error.capture.no_consent", nil)
	}
	if c.History.SkinType == "" {
		return nil, appliance.E(appliance.Conflict, "error.capture.no_history", nil)
	}
	if full(c) {
		return nil, appliance.E(appliance.Conflict, "error.capture.too_many", nil, "max", strconv.Itoa(appliance.MaxStills))
	}
	return c, nil
}

// full says whether the visit has as many stills as can be sent.
func full(c *appliance.Case) bool { return len(c.Captures) >= appliance.MaxStills }

// take gets the still, checks that it is new and measures it. InMemory is when its frame had come.
func (s *Service) take(ctx context.Context, pressed appliance.Stamp, view appliance.View, others []Other) (still Still, inMemory time.Time, err error) {
	wait := s.FrameWait
	if wait <= 0 {
		wait = frameWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait+judgeWait)
	defer cancel()
	if still, err = s.next(ctx, wait, pressed); err != nil {
		return Still{}, inMemory, err
	}
	inMemory = time.Now()
	seen, err := s.Cases.SeenScan(ctx, still.Capture.ScanSHA256)
	if err != nil {
		return Still{}, inMemory, err
	}
	if seen {
		return Still{}, inMemory, appliance.E(appliance.Conflict, "error.capture.seen_before", nil)
	}
	if still.Capture.ExposureClock != "arrival" && before(still.Capture.Exposed, pressed) {
		return Still{}, inMemory, appliance.E(appliance.Conflict, "error.capture.before_press", nil)
	}
	still.Capture.Quality, err = s.Judge.Measure(ctx, still.JPEG, view, others)
	return still, inMemory, err
}

// others gives the kept stills that a new one of the lesion must not look like: those of the other lesions in the same view.
func others(c *appliance.Case, lesion appliance.LesionID, view appliance.View) (others []Other) {
	for _, kept := range c.Captures {
		if l, ok := c.Lesion(kept.LesionID); ok && l.ID != lesion && kept.View == view && kept.Quality.Hash != "" {
			others = append(others, Other{Label: l.Label, Hash: kept.Quality.Hash})
		}
	}
	return others
}

// before says whether a frame was exposed before the press, or cannot be told to be later: times of two boots do not compare.
func before(exposed, pressed appliance.Stamp) bool {
	return exposed.Boot != pressed.Boot || exposed.Mono < pressed.Mono
}

func (s *Service) next(ctx context.Context, wait time.Duration, pressed appliance.Stamp) (Still, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return s.Camera.Next(ctx, pressed)
}

// keep makes the still durable with its row, then lets the model look at it. Whether the page that pressed is still there
// makes no difference. It gives the milliseconds from start to the end of the commit: for a press, start is when the frame was
// in memory, so newness check, verdict, sealing, two syncs of the image and one of the commit are in it; for a still that waited
// for a reason, it is when the reason came.
func (s *Service) keep(ctx context.Context, v *visit, c *appliance.Case, still Still, a Attempt, start time.Time, op appliance.Operator) (float64, error) {
	ctx = context.WithoutCancel(ctx)
	judged := time.Now()
	c.Captures = append(c.Captures, still.Capture)
	c.State = advance(c.State, appliance.Capturing)
	act := Act{Actor: op.ID, Action: "capture.keep", Outcome: "ok", Reason: still.Capture.Override,
		Versions: map[string]string{"profile": still.Capture.Quality.Profile}}
	kept := a
	kept.Outcome = "kept"
	if err := s.Cases.Keep(ctx, c, still.Capture, still.JPEG, kept, act); err != nil {
		s.note(ctx, c.ID, a, err)
		return 0, err
	}
	savedMS := milliseconds(time.Since(start))
	s.Log.Debug("still kept", "case", c.ID, "saved_ms", savedMS, "judged_ms", milliseconds(judged.Sub(start)))
	s.Cases.Saved(c.ID, still.Capture.ID, savedMS)
	if still.Capture.View == appliance.Dermoscopic {
		s.assess(v, c, still)
	}
	return savedMS, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s *Service) attemptsFor(ctx context.Context, id appliance.CaseID, lesion appliance.LesionID, view appliance.View) int {
	attempts, _ := s.Cases.Attempts(ctx, id) // the number of the press is told as well as it can be
	n := 0
	for _, a := range attempts {
		if a.Lesion == lesion && a.View == view {
			n++
		}
	}
	return n
}

func keyOf(err error) string {
	if e, ok := asError(err); ok && e.Key != "" {
		return e.Key
	}
	return "error.internal"
}
