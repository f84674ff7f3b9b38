package quality

import "dermbox/camera/quality/colour"

// CastOf gives the deltaE00 of the skin's colour from the nearest of a set of usual skin colours: how far the picture's white
// is off, as far as skin can tell. The picture's gains, in linear light, are those that the camera's reference card asked for;
// all 1 without. Brightness is no cast: the skin is brought to the luminance of the colour that it is compared with.
func CastOf(skin colour.Lab, gains [3]float64, usual []colour.Lab) (deltaE float64, ok bool) {
	seen := skin.XYZ().Linear().Times(gains).XYZ()
	if seen[1] <= 0 {
		return 0, false
	}
	for i, u := range usual {
		by := u.XYZ()[1] / seen[1]
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
	return CastOf(*m.Skin, gains, p.Skin)
}
