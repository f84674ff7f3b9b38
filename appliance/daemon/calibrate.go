package daemon

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/health"
	"dermbox/appliance/text"
	"dermbox/camera/quality"
	"dermbox/camera/quality/card"
)

// calibrationWait is how long the judge may look for the card after the frame has come.
const calibrationWait = 10 * time.Second

// calibrate takes a fresh still as a press does, looks for the card and keeps what it shows. Two at once wait for each other.
// A card that does not show what the profile asks for is an answer and no error; what is in force stays so.
func (x *box) calibrate(ctx context.Context, p *parts, actor string) (card.Answer, error) {
	x.calibrating.Lock()
	defer x.calibrating.Unlock()
	d := x.dermatoscope(p)
	still, err := d.Next(ctx, x.clock.Now()) // first: which profile asks is known only of a camera that was opened
	if err != nil {
		return card.Answer{}, err
	}
	profile, missing := x.gate(p).profile(appliance.Dermoscopic)
	if profile == nil {
		return card.Answer{}, appliance.E(appliance.Conflict, missing, nil)
	}
	if profile.Calibration == nil {
		return card.Answer{}, appliance.E(appliance.Conflict, referenceUnused, nil)
	}
	limit, cancel := context.WithTimeout(ctx, calibrationWait)
	defer cancel()
	p.stills.Add(1)
	defer p.stills.Add(-1)
	reading, err := p.judge.Card(limit, still.JPEG)
	if err != nil {
		return card.Answer{}, err
	}
	metrics, err := p.judge.Metrics(limit, still.JPEG, profile.Part)
	if err != nil {
		return card.Answer{}, err
	}
	seen := card.Judge(reading, profile.Calibration.Limits())
	if err := x.keepCalibration(ctx, d, profile, shown{still.Capture, seen, metrics.Field.Size}, actor); err != nil {
		return card.Answer{}, err
	}
	return card.Answer{Pass: seen.Pass, Key: seen.Key, Sentence: text.T(seen.Key, nil), Seen: seen,
		Limits: profile.Calibration.Limits(), Now: x.referenceLine(p)}, nil
}

// shown is what a still of the card gave.
type shown struct {
	still   appliance.Capture
	seen    card.Result
	fieldPX float64
}

// keepCalibration makes a passed one durable and in force, and leaves an audit row of a refused one.
func (x *box) keepCalibration(ctx context.Context, d dermatoscope, profile *quality.Profile, s shown, actor string) error {
	still, seen := s.still, s.seen
	ctx = context.WithoutCancel(ctx)
	act := audit.Event{At: x.clock.Now(), Actor: actor, Action: "camera.calibrate", Outcome: "ok", Versions: map[string]string{
		"profile": profile.Ref(), "camera_profile": d.set(), "card": seen.Card,
	}}
	if !seen.Pass {
		act.Outcome, act.Reason = "refused", seen.Key
		return x.store.Audit(ctx, act)
	}
	c := appliance.Calibration{
		ID: appliance.NewID(), At: still.Exposed, Camera: still.Camera, CameraProfile: d.set(), Profile: profile.Ref(), Operator: actor,
		Card: seen.Card, Gains: seen.Gains, ExposureEV: seen.ExposureEV, MeanDeltaE: seen.MeanDeltaE, MaxDeltaE: seen.MaxDeltaE,
		MMPerPX: seen.MMPerPX, Width: still.Width, Height: still.Height, FieldPX: s.fieldPX, ScanSHA256: still.ScanSHA256,
	}
	act.Object = "calibration/" + c.ID
	if err := x.store.SaveCalibration(ctx, c, act); err != nil {
		return err
	}
	x.references.add(c)
	return nil
}

// reference says how the calibration of the camera stands now.
func (x *box) reference(p *parts) reference {
	d := x.dermatoscope(p)
	camera, known := d.Optics()
	if !known && d.profiles.askForCard(x.clock.Bounded()) {
		return reference{key: referenceAway}
	}
	profile, _ := x.gate(p).profile(appliance.Dermoscopic)
	return d.reference(profile, camera)
}

func (x *box) referenceLine(p *parts) card.Standing {
	s := x.reference(p)
	line := card.Standing{Key: s.key, Sentence: text.T(s.key, s.params())}
	if s.counts() {
		fresh, counts := s.until()
		line.InForce, line.FreshUntil, line.CountsUntil = &s.last, &fresh, &counts
		line.FreshSeconds = (s.rule.Fresh() - s.age).Seconds()
	}
	return line
}

// params are for the placeholders of the state's sentence.
func (s reference) params() map[string]string {
	if s.last.ID == "" {
		return nil
	}
	fresh, counts := s.until()
	return map[string]string{"at": inLondon(s.last.At.Wall), "fresh": inLondon(fresh), "until": inLondon(counts)}
}

// inLondon gives a time as the clinic's clock shows it.
func inLondon(t time.Time) string {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("02-Jan-2006 15:04")
}

// reference tells health how the calibration stands. It is the HCA's to mend; the clinic works on meanwhile, without a model.
func (w *watch) reference() {
	s := w.box.reference(w.parts)
	check := health.Check{Level: health.OK, Key: s.key, Params: s.params(), Who: health.Nobody}
	switch s.key {
	case referenceUnused, referenceAway: // that the camera is away has a check of its own
		w.box.health.Remove("reference")
		return
	case referenceFresh:
	default:
		check.Level, check.Who = health.Warn, health.HCA
	}
	w.box.health.Set("reference", check)
}

// actorForm is what the audit trail takes as a name.
var actorForm = regexp.MustCompile(`^[A-Za-z0-9_.@-]{1,64}$`)

// calibrationRoutes let dermboxctl show the card to the camera.
func (x *box) calibrationRoutes(mux *http.ServeMux, p *parts) {
	mux.HandleFunc("GET /v1/camera/calibration", func(w http.ResponseWriter, _ *http.Request) { answer(w, x.referenceLine(p)) })
	mux.HandleFunc("POST /v1/camera/calibrate", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Operator string `json:"operator"`
		}
		if err := decode(r, &q); err != nil {
			answerError(w, err)
			return
		}
		switch {
		case q.Operator == "":
			q.Operator = "dermboxctl"
		case !actorForm.MatchString(q.Operator):
			answerError(w, appliance.E(appliance.Invalid, "daemon.request", nil))
			return
		}
		result, err := x.calibrate(r.Context(), p, q.Operator)
		respond(w, result, err)
	})
}
