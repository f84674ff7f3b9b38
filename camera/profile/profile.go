package profile

import (
	"context"
	"fmt"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera"
)

// Schema is the profile's schema, as the signed file names it.
const Schema = "dermbox.camera-profile/1"

// Profile holds what one kind of camera is asked for. It is signed data: see Load.
type Profile struct {
	signed.Header
	About    string            `json:"about"` // one sentence for whoever reads the file
	Match    Match             `json:"match"`
	Camera   *Optics           `json:"camera,omitempty"` // of a USB camera; an HTTP camera says it itself
	Preview  camera.Settings   `json:"preview"`
	Still    *camera.StillMode `json:"still,omitempty"`          // nil: stills are frames of the preview
	Controls []camera.Control  `json:"controls,omitempty"`       // in the order in which they are set
	Encode   *Encode           `json:"encode,omitempty"`         // exactly when a mode's fourcc is not MJPG
	Clock    string            `json:"exposure_clock,omitempty"` // camera.BufferStart or BufferEnd; of a USB camera

	digest string
}

// Match says which cameras the profile is for: all of one USB vendor and product, or those that are read over HTTP.
type Match struct {
	Vendor  string `json:"vendor,omitempty"`  // four hexadecimal digits, lower case
	Product string `json:"product,omitempty"` // likewise
	HTTP    bool   `json:"http,omitempty"`
}

// Optics is what the record says of a USB camera, which knows nothing of the dermatoscope before it.
type Optics struct {
	Make    string             `json:"make"`
	Model   string             `json:"model"`
	Optics  appliance.OpticsID `json:"optics"`   // the validated combination, in the words of the model packs; "": none
	FieldMM float64            `json:"field_mm"` // diameter of the dermatoscope's field, 0 unknown
}

// Encode is how frames of a camera without MJPG are made into JPEGs.
type Encode struct {
	Quality int `json:"quality"` // 1 to 100
}

// Load verifies a signed profile and reads it. It fails with Unverified when the signature or the key's role does not hold, and
// with Invalid "camera.error.profile" when what was signed is no profile. One that has expired is given as well, since its
// settings are still the best that are known: whoever takes its word on the optics asks Expired first.
func Load(ctx context.Context, envelope []byte, keys signed.Keys) (*Profile, error) {
	v, err := signed.Verify(ctx, signed.KindCamera, envelope, keys)
	if err != nil {
		return nil, err
	}
	p, err := Parse(v.Payload)
	if err != nil {
		return nil, err
	}
	p.digest = v.Digest
	return p, nil
}

// Parse reads and checks a profile's JSON, strictly. It trusts its source: only the signing side and tests use it directly.
func Parse(data []byte) (*Profile, error) {
	var p Profile
	err := signed.Unmarshal(data, &p)
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, appliance.E(appliance.Invalid, "camera.error.profile", err)
	}
	return &p, nil
}

// Expired says whether the profile's time has passed at now.
func (p *Profile) Expired(now time.Time) bool { return signed.CheckExpiry(p.Header, now) != nil }

// Ref gives "id/version", as records carry it.
func (p *Profile) Ref() string { return fmt.Sprintf("%s/%d", p.ID, p.Version) }

// Digest gives "sha256:..." of the exact bytes that were signed, "" for a profile that was not loaded from an envelope.
func (p *Profile) Digest() string { return p.digest }

// Fits says whether the profile is for the camera that the source names.
func (p *Profile) Fits(s camera.Source) bool {
	if p.Match.HTTP {
		return s.URL != ""
	}
	return s.USB.Vendor == p.Match.Vendor && s.USB.Product == p.Match.Product
}

// Apply gives the source with all that the profile asks for. The profile must fit.
func (p *Profile) Apply(s camera.Source) camera.Source {
	s.Settings, s.Still, s.Controls, s.Clock, s.Profile = p.Preview, p.Still, p.Controls, p.Clock, p.Ref()
	if p.Encode != nil {
		s.Quality = p.Encode.Quality
	}
	if p.Camera != nil {
		s.Camera = appliance.Camera{Make: p.Camera.Make, Model: p.Camera.Model, Optics: p.Camera.Optics, FieldMM: p.Camera.FieldMM}
	}
	return s
}
