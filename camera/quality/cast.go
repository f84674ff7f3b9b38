package quality

import (
	"math"

	"dermbox/camera/quality/colour"
)

// darkest is the luminance below which a colour has no cast to be told, as a share of white.
const darkest = 1e-3

// CastOf gives the deltaE00 of the skin's colour from the nearest of a set of usual skin colours: how far the picture's white
// is off, as far as skin can tell. The picture's gains, in linear light, are those that the camera's reference card asked for;
// all 1 without. Brightness is no cast: the skin is brought towards the luminance of the colour that it is compared with, by at
// most so many steps of exposure (EV) either way. Without usual colours there is no cast to be told.
func CastOf(skin colour.Lab, gains [3]float64, usual []colour.Lab, ev float64) (deltaE float64, ok bool) {
	seen := skin.XYZ().Linear().Times(gains).XYZ()
	if seen[1] < darkest {
		return 0, false
	}
	for i, u := range usual {
		by := max(math.Exp2(-ev), min(math.Exp2(ev), u.XYZ()[1]/seen[1]))
		d := colour.DeltaE00(colour.XYZ{seen[0] * by, seen[1] * by, seen[2] * by}.Lab(), u)
		if i == 0 || d < deltaE {
			deltaE, ok = d, true
		}
	}
	return deltaE, ok
}

// none are the gains of a camera that was shown no reference card.
var none = [3]float64{1, 1, 1}

// cast gives a picture's cast from the profile's colours of skin, and whether there is one.
func (p *Profile) cast(m Metrics) (deltaE float64, measured bool) {
	if m.Skin == nil {
		return 0, false
	}
	gains := none
	if m.Gains != nil {
		gains = *m.Gains
	}
	return CastOf(*m.Skin, gains, p.Skin, p.SkinEV)
}
