package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/intake"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/inference"
)

// dermatoscope is what intake sees of the camera client.
type dermatoscope struct{ client *camera.Client }

// Next gives the first frame exposed after the press, with all that the record says of it.
func (d dermatoscope) Next(ctx context.Context, pressed appliance.Stamp) (intake.Still, error) {
	frame, err := d.client.NextAfter(ctx, pressed)
	if err != nil {
		return intake.Still{}, err
	}
	opened, _ := d.client.Opened()
	sum := sha256.Sum256(frame.JPEG)
	return intake.Still{JPEG: frame.JPEG, Capture: appliance.Capture{
		Camera: opened.Camera, Seq: frame.Seq, Exposed: frame.Exposed, ExposureClock: frame.ExposureClock,
		MediaType: "image/jpeg", SHA256: hex.EncodeToString(sum[:]), ScanSHA256: frame.ScanSHA256,
		Size: int64(len(frame.JPEG)), Width: frame.Width, Height: frame.Height,
	}}, nil
}

// Optics gives what the camera said it is; false before it was opened.
func (d dermatoscope) Optics() (appliance.Camera, bool) {
	opened, ok := d.client.Opened()
	return opened.Camera, ok
}

// gate is what intake sees of the judge: the client with the profile in force, which holds for the optics that it was made
// for and no others.
type gate struct {
	client  *quality.Client
	camera  dermatoscope
	profile *quality.Profile // nil: none that checks
}

// Measure judges a still. Without a profile for these optics nothing passes: the HCA may keep it with a reason, and a human
// looks.
func (g gate) Measure(ctx context.Context, jpeg []byte) (appliance.Verdict, error) {
	optics, ok := g.camera.Optics()
	if g.profile == nil || !ok || !slices.Contains(g.profile.Optics, optics.Optics) {
		return appliance.Verdict{Profile: "none", HardFail: true, Measures: []appliance.Measure{
			{Name: "profile", Hard: true, Key: "daemon.no_profile_for_camera"},
		}}, nil
	}
	return g.client.Measure(ctx, jpeg, g.profile)
}

// Decode gives the still's pixels.
func (g gate) Decode(ctx context.Context, jpeg []byte) ([]byte, int, int, error) {
	return g.client.Decode(ctx, jpeg)
}

// model is what intake sees of the inference client.
type model struct{ client *inference.Client }

// Ready gives the installed model and whether its worker passed the self-test.
func (m model) Ready() (appliance.ModelRef, bool) {
	ref, ok := m.client.Model()
	return ref, ok && m.client.State().Ready
}

// Allows says whether the model was validated with the optics.
func (m model) Allows(optics appliance.OpticsID) bool { return m.client.OpticsAllowed(optics) }

// Assess judges one still and reads the scores against the pack's thresholds.
func (m model) Assess(ctx context.Context, rgb []byte, width, height int, optics appliance.OpticsID) (intake.Answer, error) {
	scores, err := m.client.Assess(ctx, inference.Input{RGB: rgb, W: width, H: height, Optics: optics})
	if err != nil {
		return intake.Answer{}, err
	}
	results, set, class, _ := inference.Interpret(m.client.Manifest(), scores)
	return intake.Answer{Model: scores.Model, Results: results, Set: set, Class: class, TookMS: scores.TookMS}, nil
}
