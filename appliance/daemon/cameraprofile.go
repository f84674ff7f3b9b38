package daemon

import (
	"context"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/profile"
	"dermbox/camera/usb"
)

// cameraCheck is the name of the check that says how the camera profile stands.
const cameraCheck = "camera_profile"

// loadCamera gives the signed profile of the camera that the settings name, nil when there is none that counts: the clinic
// takes its photographs all the same, and health says which file is at fault and why. One that has expired is given for its
// settings, so that a restart changes no photograph: see inForce.
func (x *box) loadCamera(ctx context.Context, now time.Time) *profile.Profile {
	path := x.config.Camera.Profile
	if path == "" {
		x.health.Set(cameraCheck, health.Check{Level: health.Warn, Key: "daemon.camera_profile_none", Who: health.IT})
		return nil
	}
	raw, err := readCapped(path)
	var p *profile.Profile
	if err == nil {
		p, err = profile.Load(ctx, raw, x.keys)
	}
	var bare camera.Source
	if err == nil {
		bare, err = namedCamera(x.config.Camera)
	}
	if err == nil && !p.Fits(bare) {
		err = appliance.E(appliance.Conflict, "daemon.camera_profile_other", nil, "profile", p.Ref(), "camera", bare.Name())
	}
	if err != nil {
		x.log.Error("camera profile is not usable", "error", err)
		x.health.Set(cameraCheck, health.Check{Level: health.Warn, Key: "daemon.camera_profile_refused", Who: health.IT,
			Params: map[string]string{"path": path, "reason": text.Error(err)}})
		return nil
	}
	if !inForce(p, now) {
		x.expiredCamera(p)
		return p
	}
	x.health.Set(cameraCheck, health.Check{Level: health.OK, Key: "daemon.camera_profile_ok", Who: health.Nobody,
		Params: map[string]string{"profile": p.Ref()}})
	return p
}

// expiredCamera notes in health that the camera's profile has run out: its settings stay, its word on the optics does not.
func (x *box) expiredCamera(p *profile.Profile) {
	if state, _ := x.health.Get(cameraCheck); state.Key != "daemon.camera_profile_expired" {
		x.log.Error("signed data has expired", "what", cameraCheck)
	}
	x.health.Set(cameraCheck, health.Check{Level: health.Warn, Key: "daemon.camera_profile_expired", Who: health.IT,
		Params: map[string]string{"profile": p.Ref()}})
}

// inForce says whether the profile counts at the time.
func inForce(p *profile.Profile, now time.Time) bool {
	return p != nil && !p.Expired(now)
}

// source gives the camera that the settings name, with what its profile asks for. Without a profile it is opened as it is, for
// its own JPEGs.
func (x *box) source() (camera.Source, error) {
	s, err := namedCamera(x.config.Camera)
	if err != nil || x.signed.camera == nil {
		return s, err
	}
	return x.signed.camera.Apply(s), nil
}

func namedCamera(c config.Camera) (camera.Source, error) {
	if c.USB == "" {
		return camera.Source{URL: c.URL}, nil
	}
	b, err := usb.ParseBinding(c.USB)
	if err == nil {
		b, err = b.At(c.USBPort)
	}
	return camera.Source{USB: b}, err
}
