package quality

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera/quality/colour"
)

// Schema is the profile's schema, as the signed file names it.
const Schema = "dermbox.quality-profile/2"

// Profile holds the limits for one camera and dermatoscope, and the views that it is for. It is signed data: see LoadProfile.
type Profile struct {
	signed.Header
	About  string               `json:"about"`  // one sentence for whoever reads the file
	Optics []appliance.OpticsID `json:"optics"` // what it was made for; nothing else may be judged by it
	Views  []appliance.View     `json:"views"`  // the views that it judges, each in one profile of a box
	// Part is what is looked at; "" is the whole picture. Only for dermoscopic stills.
	Part Part `json:"part,omitempty"`
	// Calibration says what the reference card must show; nil for cameras that are shown none.
	Calibration *Calibration `json:"calibration,omitempty"`
	// Skin are usual colours of skin behind these optics, from which a cast is told; none for views that have no limit of it.
	Skin []colour.Lab `json:"skin,omitempty"`
	// SkinEV is by how many steps of exposure a picture of such skin may be brighter or darker, which is no cast.
	SkinEV float64 `json:"skin_ev,omitempty"`
	Limits []Limit `json:"limits"` // in the order of usefulness: the first that fails is the one to act on

	digest string
}

// Limit is the allowed range of one measure, ends included. An end that is not set is open.
type Limit struct {
	Name string   `json:"name"` // one of the measures' names
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Hard bool     `json:"hard"` // outside it no model may judge the still (rule X18)
}

// LoadProfile verifies a signed profile and reads it. It fails with Unverified when the signature, the key's role or the
// expiry (at now) does not hold, and with Invalid "quality.error.profile" when what was signed is no profile.
func LoadProfile(ctx context.Context, envelope []byte, keys signed.Keys, now time.Time) (*Profile, error) {
	v, err := signed.Verify(ctx, signed.KindProfile, envelope, keys)
	if err != nil {
		return nil, err
	}
	p, err := ParseProfile(v.Payload)
	if err != nil {
		return nil, err
	}
	if err := signed.CheckExpiry(p.Header, now); err != nil {
		return nil, err
	}
	p.digest = v.Digest
	return p, nil
}

// ParseProfile reads and checks a profile's JSON, strictly. It trusts its source: only the signing side and tests use it
// directly.
func ParseProfile(data []byte) (*Profile, error) {
	var p Profile
	if err := signed.Unmarshal(data, &p); err != nil {
		return nil, appliance.E(appliance.Invalid, "quality.error.profile", err)
	}
	if err := p.check(); err != nil {
		return nil, appliance.E(appliance.Invalid, "quality.error.profile", err)
	}
	return &p, nil
}

// Ref gives "id/version", as verdicts carry it.
func (p *Profile) Ref() string { return fmt.Sprintf("%s/%d", p.ID, p.Version) }

// Digest gives "sha256:..." of the exact bytes that were signed, "" for a profile that was not loaded from an envelope.
func (p *Profile) Digest() string { return p.digest }

// Allows says whether the profile was made for these optics.
func (p *Profile) Allows(o appliance.OpticsID) bool { return slices.Contains(p.Optics, o) }

// Judges says whether the profile is for a view.
func (p *Profile) Judges(v appliance.View) bool { return slices.Contains(p.Views, v) }

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (p *Profile) check() error {
	switch {
	case p.Schema != Schema:
		return fmt.Errorf("schema is not %s", Schema)
	case !idForm.MatchString(p.ID):
		return fmt.Errorf("bad id")
	case p.Version < 1:
		return fmt.Errorf("bad version")
	case len(p.Optics) == 0:
		return fmt.Errorf("names no optics")
	case len(p.Views) == 0:
		return fmt.Errorf("names no views")
	}
	for _, v := range p.Views {
		switch v {
		case appliance.Dermoscopic, appliance.Macro, appliance.Regional, appliance.Oblique:
		default:
			return fmt.Errorf("unknown view")
		}
	}
	if err := p.Part.Check(); err != nil {
		return err
	}
	if p.Part != Whole && !p.Judges(appliance.Dermoscopic) {
		return fmt.Errorf("only dermoscopic stills are looked at in part")
	}
	if p.Judges(appliance.Dermoscopic) && len(p.Views) > 1 {
		return fmt.Errorf("dermoscopic stills need a profile of their own")
	}
	if p.Calibration != nil {
		if err := p.Calibration.check(p); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, l := range p.Limits {
		if err := l.check(); err != nil {
			return err
		}
		if seen[l.Name] {
			return fmt.Errorf("limit of %s stands twice", l.Name)
		}
		seen[l.Name] = true
	}
	if err := p.checkSkin(seen[Cast]); err != nil {
		return err
	}
	for _, c := range Checks() { // so that none is forgotten
		if !seen[c.Name] && (!c.Lesion || p.Judges(appliance.Dermoscopic)) {
			return fmt.Errorf("no limit of %s", c.Name)
		}
	}
	return nil
}

// mostSkin is how many colours of skin a profile may hold, mostEV the most steps of exposure.
const (
	mostSkin = 64
	mostEV   = 8
)

func (p *Profile) checkSkin(needed bool) error {
	if needed != (len(p.Skin) > 0) || len(p.Skin) > mostSkin {
		return fmt.Errorf("skin has no colours, too many, or no limit of a cast that they are for")
	}
	if !(p.SkinEV >= 0 && p.SkinEV <= mostEV) || p.SkinEV > 0 && !needed {
		return fmt.Errorf("skin_ev is not from 0 to %d", mostEV)
	}
	for _, c := range p.Skin {
		if !(c.L > 0 && c.L <= 100 && math.Abs(c.A) < 128 && math.Abs(c.B) < 128) {
			return fmt.Errorf("skin has a colour that is none")
		}
	}
	return nil
}

func (l Limit) check() error {
	_, known := check(l.Name)
	switch {
	case !known:
		return fmt.Errorf("unknown measure in a limit")
	case l.Min == nil && l.Max == nil:
		return fmt.Errorf("limit of %s has no end", l.Name)
	case l.Min != nil && l.Max != nil && *l.Min > *l.Max:
		return fmt.Errorf("limit of %s excludes everything", l.Name)
	}
	for _, end := range []*float64{l.Min, l.Max} {
		if end != nil && (math.IsNaN(*end) || math.IsInf(*end, 0)) {
			return fmt.Errorf("limit of %s is not a number", l.Name)
		}
	}
	return nil
}
