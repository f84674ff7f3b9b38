package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/intake"
	"dermbox/camera"
	"dermbox/camera/profile"
	"dermbox/camera/quality"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// dermatoscope is what intake sees of the camera client.
type dermatoscope struct {
	client  *camera.Client
	profile *profile.Profile // nil: none that counts
	clock   appliance.BoundedClock

	profiles   profiles    // of the quality gate: what they ask of the reference card
	references *references // the cards that cameras were shown
}

// Next gives the first frame exposed after the press, with all that the record says of it. A frame that came while the camera
// was exchanged for another is refused: its record would name the wrong one.
func (d dermatoscope) Next(ctx context.Context, pressed appliance.Stamp) (intake.Still, error) {
	before, known := d.client.Opened()
	frame, err := d.client.NextAfter(ctx, pressed)
	if err != nil {
		return intake.Still{}, err
	}
	opened, _ := d.client.Opened()
	if known && before.Camera != opened.Camera {
		return intake.Still{}, appliance.E(appliance.Unavailable, "daemon.camera_exchanged", nil)
	}
	sum := sha256.Sum256(frame.JPEG)
	source := d.known(opened.Camera)
	dermoscopic, _ := d.profiles.find(source.Optics, appliance.Dermoscopic, d.clock.Bounded())
	return intake.Still{JPEG: frame.JPEG, Capture: appliance.Capture{
		Reference: d.reference(dermoscopic, source).record(frame.Width, frame.Height),
		Camera:    source, Seq: frame.Seq, Exposed: frame.Exposed, ExposureClock: frame.ExposureClock,
		MediaType: "image/jpeg", SHA256: hex.EncodeToString(sum[:]), ScanSHA256: frame.ScanSHA256,
		Size: int64(len(frame.JPEG)), Width: frame.Width, Height: frame.Height, Encoding: frame.Encoding, SwitchMS: frame.SwitchMS,
	}}, nil
}

// Optics gives what the camera is known to be; false before it was opened.
func (d dermatoscope) Optics() (appliance.Camera, bool) {
	opened, ok := d.client.Opened()
	return d.known(opened.Camera), ok
}

// known leaves out the optics unless a profile in force vouches for how the camera was set: what an unknown exposure or colour
// shows, no model was validated for (rule X17).
func (d dermatoscope) known(c appliance.Camera) appliance.Camera {
	if !inForce(d.profile, d.clock.Bounded()) {
		c.Optics, c.FieldMM = "", 0
	}
	return c
}

// set gives the camera profile that the camera is set by, "" without one.
func (d dermatoscope) set() string {
	if d.profile == nil {
		return ""
	}
	return d.profile.Ref()
}

// reference says how the calibration of a camera stands by a quality profile, which may be nil.
func (d dermatoscope) reference(p *quality.Profile, camera appliance.Camera) reference {
	return d.references.standing(p, camera, d.set(), d.clock.Now(), d.clock.Bounded())
}

// gate is what intake sees of the judge: the client with the profiles in force, each of which holds for the optics and views
// that it was made for and no others.
type gate struct {
	client   *quality.Client
	camera   dermatoscope
	profiles profiles
	clock    interface{ Bounded() time.Time }
	stills   *atomic.Int32 // how many the judge has: the live picture waits for them
}

// Measure judges a still of a view. Without a profile in force for optics and view, or without the judge, nothing passes: the
// HCA may keep the still with a reason, and a human looks. Only a picture that cannot be decoded is an error.
func (g gate) Measure(ctx context.Context, jpeg []byte, view appliance.View, others []intake.Other) (appliance.Verdict, error) {
	profile, missing := g.profile(view)
	if profile == nil {
		return unjudged("profile", missing), nil // the judge's time is not for that
	}
	g.stills.Add(1)
	metrics, err := g.client.Metrics(ctx, jpeg, profile.Part)
	g.stills.Add(-1)
	if appliance.CodeOf(err) == appliance.Unavailable {
		return unjudged("judge", "daemon.no_judge"), nil
	}
	if err != nil {
		return appliance.Verdict{}, err
	}
	label := hold(&metrics, others)
	return named(g.verdict(view, metrics), label), nil
}

// verdict compares metrics with the profile in force for a view.
func (g gate) verdict(view appliance.View, m quality.Metrics) appliance.Verdict {
	p, missing := g.profile(view)
	if p == nil {
		return unjudged("profile", missing)
	}
	optics, _ := g.camera.Optics()
	return g.camera.reference(p, optics).judge(p, m)
}

// judge compares metrics with a profile, by the gains of the reference card where one counts, and adds how that stands.
func (s reference) judge(p *quality.Profile, m quality.Metrics) appliance.Verdict {
	if s.counts() {
		m.Gains = &s.last.Gains
	}
	return s.referred(quality.Judge(p, m))
}

// referred adds to a verdict how long ago the reference card was shown, where the profile asks for one.
func (s reference) referred(v appliance.Verdict) appliance.Verdict {
	if !s.asked() {
		return v
	}
	m := s.measure()
	v.Measures = append(v.Measures, m)
	v.Pass, v.HardFail = v.Pass && m.Pass, v.HardFail || m.Hard && !m.Pass
	return v
}

// profile gives the profile in force for a view through the camera as it is now; nil with the key that says what is missing.
func (g gate) profile(view appliance.View) (p *quality.Profile, missing string) {
	optics, _ := g.camera.Optics() // of a camera that was never opened nothing is known, and no profile is for that
	return g.profiles.find(optics.Optics, view, g.clock.Bounded())
}

// live measures a frame as the dermoscopic profile looks at stills: it alone may look at a part of them.
func (g gate) live(ctx context.Context, jpeg []byte) (quality.Metrics, error) {
	part := quality.Whole
	if p, _ := g.profile(appliance.Dermoscopic); p != nil {
		part = p.Part
	}
	return g.client.Live(ctx, jpeg, part)
}

// unjudged is the verdict on a still that nothing measured: no model may see it (rule X18).
func unjudged(what, key string) appliance.Verdict {
	return appliance.Verdict{Profile: "none", HardFail: true, Measures: []appliance.Measure{{Name: what, Hard: true, Key: key}}}
}

// model is what intake sees of the desk.
type model struct {
	desk *inference.Desk
	box  *box
}

// Ready gives the model in force and whether it may be asked: its worker passed the self-test, or is being started again after
// it died. In the second case an answer may still come within the visit's patience, so it is no reason to exclude a lesion; a
// worker that could not load the model, or answered the golden vectors wrongly, is.
func (m model) Ready() (appliance.ModelRef, bool) {
	client := m.desk.Client()
	ref, ok := client.Model()
	return ref, ok && client.Expected() && m.mayJudge(client.Manifest())
}

// inForce gives the model in force, whether it may be asked or not; the zero one for none.
func (m model) inForce() appliance.ModelRef {
	ref, _ := m.desk.Client().Model()
	return ref
}

// Allows says whether the model in force, or the one on its way, was validated with the optics.
func (m model) Allows(optics appliance.OpticsID) bool {
	manifest := m.box.manifest()
	if manifest == nil {
		return false
	}
	_, ok := manifest.OpticsFor(optics)
	return ok
}

// mayJudge says whether a pack was made for the configured pathway. A visit keeps the pathway that it began in, so a pack that came
// in force since is held to it here.
func (m model) mayJudge(manifest *pack.Manifest) bool {
	_, reason := pathwayWith(m.box.config.Site.Pathway, manifest)
	return reason == ""
}

// Doubted says whether a model failed the self-test after the answers of a period.
func (m model) Doubted(period string) bool { return m.desk.Doubted(period) }

// Assess judges one still and reads the scores against the thresholds of the pack that gave them: the model in force may change
// meanwhile.
func (m model) Assess(ctx context.Context, jpeg []byte, optics appliance.OpticsID) (intake.Answer, error) {
	scores, manifest, err := m.desk.Judge(ctx, inference.Input{JPEG: jpeg, Optics: optics})
	if err == nil && !m.mayJudge(manifest) {
		_, reason := pathwayWith(m.box.config.Site.Pathway, manifest)
		err = appliance.E(appliance.Conflict, reason, nil, "pathway", string(m.box.config.Site.Pathway))
	}
	if err != nil {
		return intake.Answer{}, err
	}
	results, set, class, _ := inference.Interpret(manifest, scores)
	return intake.Answer{Model: scores.Model, Results: results, Set: set, Class: class, TookMS: scores.TookMS, Period: scores.Period,
		OutOfDistribution: inference.Unlikeness(manifest, scores)}, nil
}
